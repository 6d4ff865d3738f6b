"""Solves the student's last layer, in closed form: where gradient descent should start."""

import torch
from torch import Tensor

from linewatch.compiler.student.student import Student, batches
from linewatch.compiler.student.trunk import MIDDLE, Stages, pooled, upsampled
from linewatch.compiler.teach.lessons import Lessons
from linewatch.compiler.teach.ridge import ridge

_SOLVED_ON = 80


@torch.no_grad()
def settle(student: Student, lessons: Lessons) -> None:
    """Standardise the stages, and solve for the projection that gives the lessons' components from them.

    The layers before it stay as they are. Without components in the lessons there is nothing to solve.
    """
    student.eval()
    chosen = lessons.examples(_SOLVED_ON)
    stages = [pooled(student.trunk(batch.float())) for batch in batches(chosen)]
    middle, deep = (torch.cat(parts) for parts in zip(*stages, strict=True))
    student.trunk.standardise((middle, deep))
    if lessons.components is None:
        return
    rows = torch.cat([_rows(student.trunk.standardised(part)) for part in stages])
    wanted = lessons.components.values[lessons.spread(_SOLVED_ON)].float()
    weight, bias = ridge(rows, wanted.movedim(1, -1).flatten(0, 2))
    projection = student.projection
    assert projection.from_middle.bias is not None
    projection.from_middle.weight.copy_(weight[:, :MIDDLE, None, None])
    projection.from_middle.bias.copy_(bias)
    projection.from_deep.weight.copy_(weight[:, MIDDLE:, None, None])


def _rows(stages: Stages) -> Tensor:
    """All stages of every cell: float32[N * h * w, C]."""
    middle, deep = stages
    return torch.cat([middle, upsampled(deep)], dim=1).movedim(1, -1).flatten(0, 2)
