"""Removes the channels that matter least, whole, so that the network gets smaller and faster on any hardware.

Groups of coupled channels are found and ranked by Torch-Pruning (Fang et al., "DepGraph", CVPR 2023) with the Taylor
criterion (Molchanov et al., CVPR 2019): a channel matters as much as the loss would change without it.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from linewatch.compiler.distil import Lessons, lesson_loss
from linewatch.compiler.errors import WrongUse
from linewatch.compiler.student import Student

ROUND_TO = 8
"""Channel counts stay multiples of this: kernels work on that many at once."""


@dataclass(frozen=True, kw_only=True)
class PruneSettings:
    """`share` of the channels to remove (0 removes none), judged on `batches` random batches."""

    share: float = 0.14
    batches: int = 8

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 0.9:
            raise WrongUse(f"the share of channels to prune lies between 0 and 0.9, not {self.share}")


@dataclass(frozen=True, kw_only=True)
class Pruned:
    """Numbers of parameters of the trunk."""

    before: int
    after: int


def prune(student: Student, lessons: Lessons, settings: PruneSettings, *, seed: int, batch: int = 16) -> Pruned:
    """Prune the trunk in place; its features keep their shape. Fine-tune afterwards."""
    before = _parameters(student.trunk)
    if settings.share > 0:
        _gather_gradients(student, lessons, settings.batches, seed, batch)
        _remove_channels(student, settings.share)
        student.zero_grad(set_to_none=True)
    return Pruned(before=before, after=_parameters(student.trunk))


def _gather_gradients(student: Student, lessons: Lessons, batches: int, seed: int, batch: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    student.eval()  # the statistics of the normalisation stay as they are
    student.zero_grad()
    for _ in range(batches):
        lesson_loss(student, lessons, generator, batch).backward()  # type: ignore[no-untyped-call]


def _remove_channels(student: Student, share: float) -> None:
    tp = _torch_pruning()
    trunk = student.trunk
    pruner = tp.pruner.BasePruner(
        trunk,
        example_inputs=torch.zeros(1, 3, student.shape.side, student.shape.side),
        importance=tp.importance.GroupTaylorImportance(),
        pruning_ratio=share,
        round_to=ROUND_TO,
        ignored_layers=[trunk.from_middle, trunk.from_deep],
    )
    pruner.step()


def _torch_pruning() -> Any:  # noqa: ANN401
    """The library, imported without the warnings of its own past."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch_pruning  # type: ignore[import-untyped]

    return torch_pruning


def _parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
