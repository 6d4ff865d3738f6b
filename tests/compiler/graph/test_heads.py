"""The exported graph is the student, whatever its heads and the proportions of its pictures."""

import cv2
import numpy as np
import onnx
import pytest
import torch

from linewatch.compiler.graph.export import export, set_threshold
from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.quantize.calibrate import calibrate
from linewatch.compiler.quantize.quantize import quantize
from linewatch.compiler.student.shape import DISCRIMINATOR, GAUSSIAN, MOTION, StudentShape
from linewatch.compiler.student.student import Student, batches
from linewatch.compiler.target import TARGETS, TENSORRT_FP16, TENSORRT_INT8
from linewatch.compiler.teacher import UInt8Array
from linewatch.compiler.tensorrt.rules import check_rules

PICTURES = np.random.default_rng(0).integers(0, 256, (4, 64, 96, 3), dtype=np.uint8)
SHRINK = Shrink((64, 96))


def moving(count: int, frames: int) -> UInt8Array:
    """Stacks of a texture that moves right, one or two pixels a frame."""
    random = np.random.default_rng(1)
    texture = cv2.GaussianBlur(random.integers(0, 256, (64, 256, 3), dtype=np.uint8), (0, 0), 2)
    starts, speeds = random.integers(40, 120, count), random.integers(1, 3, count)
    return np.stack(
        [
            [texture[:, start - speed * turn : start - speed * turn + 96] for turn in range(frames)]
            for start, speed in zip(starts, speeds, strict=True)
        ]
    )


@pytest.mark.parametrize(
    "heads",
    [
        (GAUSSIAN,),
        (DISCRIMINATOR,),
        (GAUSSIAN, DISCRIMINATOR),
        (GAUSSIAN, MOTION),
        (DISCRIMINATOR, MOTION),
        (GAUSSIAN, DISCRIMINATOR, MOTION),
    ],
)
@torch.no_grad()
def test_scores_maps_and_embeddings_are_those_of_the_student(heads: tuple[str, ...]) -> None:
    torch.manual_seed(0)
    frames = 3 if MOTION in heads else 1
    student = Student(StudentShape(height=64, width=96, heads=heads, features=8, hidden=16, frames=frames)).eval()
    shown = PICTURES if frames == 1 else moving(8, frames)
    (pictures,) = batches(shown)
    student.trunk.standardise(student.trunk(pictures.float() if frames == 1 else pictures[:, -1].float()))
    student.fit(shown)
    student.units.copy_(torch.tensor([0.5, 3.0, 1.5])[: len(heads)] if len(heads) > 1 else torch.ones(1))
    model = export(student, SHRINK)
    set_threshold(model, 2.0)
    onnx.checker.check_model(model, full_check=True)
    verdicts = Judge(model.SerializeToString())(list(shown))
    scores, maps, embeddings = (value.numpy() for value in student(pictures))
    np.testing.assert_allclose(verdicts.scores, scores / 2, rtol=1e-3)
    np.testing.assert_allclose(verdicts.maps, maps / 2, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(verdicts.embeddings, embeddings, rtol=1e-2, atol=1e-3)
    cells = student.shape.map_score_cells
    assert (cells > 0) == (len(heads) == 1)
    if cells:  # what devices know of the score of a part of a frame
        highest = np.sort(verdicts.maps.reshape(len(shown), -1), axis=1)[:, -cells:]
        np.testing.assert_allclose(verdicts.scores, highest.mean(axis=1), rtol=1e-4)


@pytest.mark.parametrize("target", [TENSORRT_INT8, TENSORRT_FP16])
@pytest.mark.parametrize("heads", [(DISCRIMINATOR,), (GAUSSIAN, DISCRIMINATOR), (GAUSSIAN, MOTION)])
def test_every_head_is_made_of_operators_that_tensorrt_takes(heads: tuple[str, ...], target: str) -> None:
    torch.manual_seed(0)
    count = 3 if MOTION in heads else 1
    student = Student(StudentShape(height=64, width=96, heads=heads, features=8, hidden=16, frames=count)).eval()
    frames = list(moving(8, 3)) if count > 1 else [*PICTURES, *(255 - PICTURES)]
    student.fit(np.stack(frames))
    model = export(student, SHRINK)
    ranges = calibrate(model, frames, lambda _done: None)
    check_rules(quantize(model, TARGETS[target], ranges, frames).SerializeToString())
