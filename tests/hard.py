"""A student of which one layer is hard to quantize."""

from functools import cache

import torch

from linewatch.compiler.graph.export import export
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.pictures import Division
from linewatch.compiler.precision.trial import Trial
from linewatch.compiler.quantize.calibrate import calibrate
from linewatch.compiler.student.efficientnet_lite import Block
from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.student.student import Student
from linewatch.compiler.target import TARGETS
from untaught import HEIGHT, SIDE, WIDTH, noisy_pictures

HARD = "block3.project"
_BLOCK, FACTOR = 3, 32


@torch.no_grad()
def make_hard(student: Student, number: int, factor: float) -> None:
    """One inner channel of a block becomes `factor` times as large as the others, and the projection makes up for it.

    As far as no ReLU6 is reached, all but that channel do what they did. In steps that reach to the largest channel,
    the others have few of them.
    """
    block = student.trunk.backbone.blocks[number]
    assert isinstance(block, Block)
    norm = block.depthwise_norm
    norm.weight[1:] /= factor
    norm.bias[1:] /= factor
    norm.weight[0], norm.bias[0] = 0, 6  # the loud channel: always open
    block.project_conv.weight[:, 1:] *= factor
    block.project_conv.weight[:, 0] = 0


def hard_student(factor: float = FACTOR) -> Student:
    """A student that learned no teacher, with the layer `HARD`; a `factor` of 1 leaves it as easy as it is."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        student = Student(StudentShape(height=SIDE, width=SIDE, features=8))
    if factor != 1:
        make_hard(student, _BLOCK, factor)
    return student


@cache
def hard_trial(target: str, factor: float = FACTOR) -> Trial:
    """Its trial for a target."""
    student, shrink, pictures = hard_student(factor), Shrink.for_frames((SIDE, SIDE), HEIGHT, WIDTH), noisy_pictures(40)
    division = Division(fit=tuple(pictures[:24]), held=tuple(pictures[24:]))
    student.fit(shrink(division.fit))
    model = export(student, shrink)
    ranges = calibrate(model, division.fit, lambda _done: None)
    return Trial.on(model, TARGETS[target], ranges, division, seed=0)
