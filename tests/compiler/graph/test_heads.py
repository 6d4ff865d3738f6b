"""The exported graph is the student, whatever its heads and the proportions of its pictures."""

import numpy as np
import onnx
import pytest
import torch

from linewatch.compiler.graph.export import export, set_threshold
from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.quantize.calibrate import calibrate
from linewatch.compiler.quantize.quantize import quantize
from linewatch.compiler.student.shape import DISCRIMINATOR, GAUSSIAN, StudentShape
from linewatch.compiler.student.student import Student, batches
from linewatch.compiler.target import TARGETS, TENSORRT_FP16, TENSORRT_INT8
from linewatch.compiler.tensorrt.rules import check_rules

PICTURES = np.random.default_rng(0).integers(0, 256, (4, 64, 96, 3), dtype=np.uint8)
SHRINK = Shrink((64, 96))


@pytest.mark.parametrize("heads", [(GAUSSIAN,), (DISCRIMINATOR,), (GAUSSIAN, DISCRIMINATOR)])
@torch.no_grad()
def test_scores_maps_and_embeddings_are_those_of_the_student(heads: tuple[str, ...]) -> None:
    torch.manual_seed(0)
    student = Student(StudentShape(height=64, width=96, heads=heads, features=8, hidden=16)).eval()
    (pictures,) = batches(PICTURES)
    student.trunk.standardise(student.trunk(pictures.float()))
    student.fit(PICTURES)
    student.units.copy_(torch.tensor([0.5, 3.0])[: len(heads)] if len(heads) > 1 else torch.ones(1))
    model = export(student, SHRINK)
    set_threshold(model, 2.0)
    onnx.checker.check_model(model, full_check=True)
    verdicts = Judge(model.SerializeToString())(list(PICTURES))
    scores, maps, embeddings = (value.numpy() for value in student(pictures))
    np.testing.assert_allclose(verdicts.scores, scores / 2, rtol=1e-3)
    np.testing.assert_allclose(verdicts.maps, maps / 2, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(verdicts.embeddings, embeddings, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("target", [TENSORRT_INT8, TENSORRT_FP16])
@pytest.mark.parametrize("heads", [(DISCRIMINATOR,), (GAUSSIAN, DISCRIMINATOR)])
def test_every_head_is_made_of_operators_that_tensorrt_takes(heads: tuple[str, ...], target: str) -> None:
    torch.manual_seed(0)
    student = Student(StudentShape(height=64, width=96, heads=heads, features=8, hidden=16)).eval()
    student.fit(PICTURES)
    model, frames = export(student, SHRINK), [*PICTURES, *(255 - PICTURES)]
    ranges = calibrate(model, frames, lambda _done: None)
    check_rules(quantize(model, TARGETS[target], ranges, frames).SerializeToString())
