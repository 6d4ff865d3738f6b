import pytest
import torch
from torch import nn

from linewatch.compiler.prune.prune import PruneSettings, trim
from linewatch.compiler.search.candidate import LONGEST_SIDE, WIDTHS, candidates, multiplications
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.student.student import Student


def counted(student: Student, size: tuple[int, int]) -> int:
    """Multiplications of every convolution of the trunk, counted while it runs."""
    total = 0

    def count(layer: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        nonlocal total
        assert isinstance(layer, nn.Conv2d)
        total += output[0].numel() * layer.weight[0].numel()

    for layer in student.trunk.backbone.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(count)
    with torch.no_grad():
        student.trunk(torch.zeros(1, 3, *size))
    return total


@pytest.mark.parametrize("scale", [0.25, 1.0, 2.5])
def test_multiplications_are_those_of_the_trimmed_trunk(scale: float) -> None:
    prune, size = PruneSettings().scaled(scale), (64, 96)
    student = Student(StudentShape(height=size[0], width=size[1]))
    trim(student, prune)
    assert multiplications(prune.kept, size) == counted(student, size)


def test_widths_reach_from_small_to_the_whole_network() -> None:
    found = [multiplications(PruneSettings().scaled(width.scale).kept, (256, 256)) for width in WIDTHS]
    assert found == sorted(found)
    assert found[0] < 0.06e9
    assert found[-1] > 0.3e9


def test_sizes_keep_their_proportions_and_the_wanted_one_is_among_them() -> None:
    tall = CompileSettings(student=StudentShape(height=512, width=192))
    sizes = {one.shape.size for one in candidates(tall, fixed_size=False)}
    assert (512, 192) in sizes
    assert all(1.8 < height / width < 3.6 for height, width in sizes)
    assert all(max(size) <= LONGEST_SIDE for size in sizes)
    assert {one.shape.size for one in candidates(tall, fixed_size=True)} == {(512, 192)}


def test_a_picture_larger_than_any_search_would_go_keeps_its_size() -> None:
    large = CompileSettings(student=StudentShape(height=1024, width=768))
    sizes = [one.shape.size for one in candidates(large, fixed_size=False)]
    assert sizes[-1] == (1024, 768)
