"""Training in integers: what is computed is what the integer graph computes, and training makes it better."""

from collections.abc import Sequence

import numpy as np
import onnx
import pytest
import torch

from hard import hard_student, hard_trial
from linewatch.compiler.graph.constants import MEAN
from linewatch.compiler.graph.export import FRAMES
from linewatch.compiler.graph.runtime import open_session
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.graph.writer import FLOAT, tensor
from linewatch.compiler.precision.fake import fake_quantized
from linewatch.compiler.precision.fine_tune import fine_tune
from linewatch.compiler.precision.trial import Trial
from linewatch.compiler.quantize.cpu import for_cpu
from linewatch.compiler.quantize.layers import quantized_layers
from linewatch.compiler.student.student import Student, batches
from linewatch.compiler.target import ONNX_CPU_INT8, Flavour
from linewatch.compiler.teach.distil import DistilSettings
from linewatch.compiler.teach.lessons import Components, Lessons
from linewatch.compiler.teacher import UInt8Array
from untaught import HEIGHT, SIDE, WIDTH

SHRINK = Shrink.for_frames((SIDE, SIDE), HEIGHT, WIDTH)
JOINED = "block1.expand"
"""The layer that export joins with the projection before it."""


def features(student: Student, frames: Sequence[UInt8Array]) -> torch.Tensor:
    with torch.no_grad():
        return torch.cat([student.features(batch) for batch in batches(SHRINK(frames))])


def integer_features(trial: Trial) -> torch.Tensor:
    """What the integer graph makes of the good frames, with the weights of the joined layer as they were."""
    opened = for_cpu(trial.model, trial.ranges, ())
    node = quantized_layers(trial.model, Flavour.CPU_INT8)[JOINED]
    whole = next(one.input[1] for one in trial.model.graph.node if one.name == node)
    value = next(one for one in trial.model.graph.initializer if one.name == whole)
    kept = onnx.TensorProto()
    kept.CopyFrom(value)
    kept.name = "kept"
    opened.graph.initializer.append(kept)
    next(one for one in opened.graph.node if one.name == node).input[1] = "kept"
    name = next(one.input[0] for one in opened.graph.node if one.op_type == "Sub" and one.input[1] == MEAN)
    del opened.graph.output[:]
    opened.graph.output.append(tensor(name, FLOAT, ["N", "h", "w", "C"]))
    session = open_session(opened.SerializeToString(), optimised=False)
    found = [session.run([name], {FRAMES: frame[None]})[0] for frame in trial.good]
    return torch.from_numpy(np.concatenate(found)).movedim(3, 1)


def relative_error(found: torch.Tensor, wanted: torch.Tensor) -> float:
    """Between features, each channel less its mean: the graph has the projection's bias elsewhere."""
    found, wanted = (one - one.mean((0, 2, 3), keepdim=True) for one in (found, wanted))
    return float((found - wanted).square().mean() / wanted.square().mean())


@pytest.mark.parametrize("factor", [1, 8])
def test_it_computes_what_the_integer_graph_does_and_afterwards_what_it_did(factor: float) -> None:
    student, trial = hard_student(factor).eval(), hard_trial(ONNX_CPU_INT8, factor)
    whole, before = features(student, trial.good), {name: one.clone() for name, one in student.state_dict().items()}
    with fake_quantized(student.trunk.backbone, trial.model, trial.ranges):
        fake = features(student, trial.good)
    integers = integer_features(trial)
    assert relative_error(fake, integers) < 0.3 * relative_error(integers, whole)
    assert torch.equal(features(student, trial.good), whole)
    after = student.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_training_so_halves_what_a_hard_layer_loses_on_pictures_that_were_not_trained_on() -> None:
    student, trial = hard_student(8).eval(), hard_trial(ONNX_CPU_INT8, 8)
    wanted, held = features(student, trial.good), features(student, trial.normal)
    lessons = Lessons(
        pictures=SHRINK(trial.good),
        covers=torch.zeros(len(wanted), *wanted.shape[2:]).half(),
        good=len(wanted),
        components=Components(values=wanted.half(), deviations=torch.ones(wanted.shape[1])),
    )

    def loss() -> float:
        with fake_quantized(student.trunk.backbone, trial.model, trial.ranges):
            return relative_error(features(student, trial.normal), held)

    before = loss()
    settings = DistilSettings(steps=1000, batch=8)
    fine_tune(student, lessons, trial.model, trial.ranges, settings, steps=60, seed=0, progress=lambda *_: None)
    assert loss() < 0.6 * before
