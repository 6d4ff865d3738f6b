"""Solves the student's last layer, in closed form: where gradient descent should start."""

import torch
from torch import Tensor

from linewatch.compiler.student.student import Student, batches
from linewatch.compiler.student.trunk import Trunk, upsampled
from linewatch.compiler.teach.lessons import Lessons, spread
from linewatch.compiler.teach.ridge import ridge

_SOLVED_ON = 80


@torch.no_grad()
def settle(student: Student, lessons: Lessons) -> None:
    """Standardise the stages, and solve for the 1 x 1 convolutions that give the lessons' components from them.

    The layers before the convolutions stay as they are.
    """
    student.eval()
    chosen = spread(lessons, _SOLVED_ON)
    stages = [student.trunk.stages(batch.float()) for batch in batches(lessons.pictures[chosen])]
    student.trunk.standardise(*(torch.cat(parts) for parts in zip(*stages, strict=True)))
    rows = torch.cat([_rows(student.trunk, batch) for batch in batches(lessons.pictures[chosen])])
    weight, bias = ridge(rows, lessons.components[chosen].float().movedim(1, -1).flatten(0, 2))
    middle = student.trunk.from_middle.in_channels
    assert student.trunk.from_middle.bias is not None
    student.trunk.from_middle.weight.copy_(weight[:, :middle, None, None])
    student.trunk.from_middle.bias.copy_(bias)
    student.trunk.from_deep.weight.copy_(weight[:, middle:, None, None])


def _rows(trunk: Trunk, batch: Tensor) -> Tensor:
    """All stages of every cell: float32[N * h * w, C]."""
    middle, deep = trunk.standardised(batch.float())
    return torch.cat([middle, upsampled(deep)], dim=1).movedim(1, -1).flatten(0, 2)
