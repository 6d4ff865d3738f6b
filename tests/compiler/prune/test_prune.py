import numpy as np
import pytest
import torch

from linewatch.compiler.errors import WrongUse
from linewatch.compiler.prune.prune import ROUND_TO, PruneSettings, prune
from linewatch.compiler.student.efficientnet_lite import Block
from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.student.student import Student

PICTURES = np.random.default_rng(0).integers(0, 256, (6, 64, 64, 3), dtype=np.uint8)
SHAPE = StudentShape(height=64, width=64, features=8)


def blocks(student: Student) -> list[Block]:
    return [block for block in student.trunk.backbone.blocks if isinstance(block, Block)]


def test_every_block_keeps_what_was_asked_and_the_student_still_runs() -> None:
    student, settings = Student(SHAPE), PruneSettings(pictures=4)
    pruned = prune(student, PICTURES, settings, seed=0)
    assert tuple(block.depthwise_conv.out_channels for block in blocks(student)) == settings.kept
    assert student.trunk.backbone.stem_conv.out_channels == settings.kept[0]
    assert pruned.after == sum(parameter.numel() for parameter in student.trunk.parameters()) < pruned.before
    assert student.features(torch.from_numpy(PICTURES).permute(0, 3, 1, 2)).shape == (6, 8, 8, 8)


def test_channels_that_say_nothing_are_the_first_to_go() -> None:
    student = Student(SHAPE)
    norm = blocks(student)[6].depthwise_norm
    with torch.no_grad():
        norm.weight[::2], norm.bias[::2] = 0, 0
    kept = (32, 96, 144, 144, 240, 240, 128, 480, 480, 672, 672)
    prune(student, PICTURES, PruneSettings(kept=kept, pictures=4), seed=0)
    assert len(norm.weight) == 128
    assert bool((norm.weight != 0).all())
    assert tuple(block.depthwise_conv.out_channels for block in blocks(student)) == kept


def test_a_channel_that_is_either_shut_or_full_is_not_thought_silent() -> None:
    """Its slope is zero everywhere, but holding it at its mean would change every cell."""
    student = Student(SHAPE)
    block = blocks(student)[6]
    with torch.no_grad():
        block.project_conv.weight.mul_(0.01)
        block.project_conv.weight[:, 7] = 1
        block.depthwise_conv.weight[7] *= 1e4
    whole = block.project_conv.weight[:, 7].clone()
    kept = (32, 96, 144, 144, 240, 240, 16, 480, 480, 672, 672)
    prune(student, PICTURES, PruneSettings(kept=kept, pictures=4), seed=0)
    left = blocks(student)[6].project_conv.weight
    assert any(torch.equal(left[:, index], whole) for index in range(16))


@pytest.mark.parametrize("kept", [(16,) * 10, (16,) * 10 + (ROUND_TO + 1,), (0,) * 11])
def test_counts_that_kernels_are_slow_on_are_refused(kept: tuple[int, ...]) -> None:
    with pytest.raises(WrongUse, match="multiples of 16"):
        PruneSettings(kept=kept)
