"""Brings a trunk whose layers were changed to where gradient descent should start, in closed form."""

import numpy as np
import torch
from torch import Tensor, nn

from linewatch.compiler.lessons import Lessons, spread
from linewatch.compiler.student import Student, batches
from linewatch.compiler.trunk import Trunk, upsampled

_SOLVED_ON = 80
_MEASURED_ON = 96
_BATCH = 16
_MOMENTUM = 0.05
_RIDGE = 1e-4


@torch.no_grad()
def settle(student: Student, lessons: Lessons) -> None:
    """Measure the trunk's normalisation anew, and solve for the 1 x 1 convolutions that give the lessons' components.

    Ridge regression over all cells; the layers before the convolutions stay as they are.
    """
    _measure_norms(student, lessons)
    student.eval()
    chosen = spread(lessons, _SOLVED_ON)
    stages = [student.trunk.stages(batch.float()) for batch in batches(lessons.pictures[chosen])]
    student.trunk.standardise(*(torch.cat(parts) for parts in zip(*stages, strict=True)))
    rows = torch.cat([_rows(student.trunk, batch) for batch in batches(lessons.pictures[chosen])])
    wanted = lessons.components[chosen].float().movedim(1, -1).flatten(0, 2)
    weight, bias = _ridge(rows, wanted)
    middle = student.trunk.from_middle.in_channels
    assert student.trunk.from_middle.bias is not None
    student.trunk.from_middle.weight.copy_(weight[:, :middle, None, None])
    student.trunk.from_middle.bias.copy_(bias)
    student.trunk.from_deep.weight.copy_(weight[:, middle:, None, None])


def _measure_norms(student: Student, lessons: Lessons) -> None:
    """Mean and variance of every batch normalisation, averaged over a few batches."""
    norms = [module for module in student.trunk.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # PyTorch's way to say: the plain average
    student.train()
    # Neighbours in `lessons` are alike in kind, so a batch takes every so many.
    chosen = np.array(spread(lessons, _MEASURED_ON))
    chosen = chosen[: len(chosen) // _BATCH * _BATCH].reshape(_BATCH, -1).T if len(chosen) >= _BATCH else chosen[None]
    for group in chosen:
        student.features(torch.from_numpy(lessons.pictures[group]).permute(0, 3, 1, 2))
    for norm in norms:
        norm.momentum = _MOMENTUM


def _rows(trunk: Trunk, batch: Tensor) -> Tensor:
    """All stages of every cell: float32[N * h * w, C]."""
    middle, deep = trunk.standardised(batch.float())
    return torch.cat([middle, upsampled(deep)], dim=1).movedim(1, -1).flatten(0, 2)


def _ridge(rows: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Weight [D, C] and bias [D] of the linear map from rows [M, C] to wanted [M, D]."""
    mean, target = rows.mean(0), wanted.mean(0)
    centred = rows - mean
    gram = (centred.T @ centred / len(rows)).double()
    product = (centred.T @ (wanted - target) / len(rows)).double()
    gram += _RIDGE * gram.diagonal().mean() * torch.eye(len(gram), dtype=torch.double)
    weight = torch.linalg.solve(gram, product).float().T
    return weight, target - weight @ mean
