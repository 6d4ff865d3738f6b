"""Teaches a student: its teacher's features and maps, and where pictures are defective."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from linewatch.compiler.errors import CompilerError, WrongUse
from linewatch.compiler.normal.normality import normal_statistics
from linewatch.compiler.progress import Progress
from linewatch.compiler.student.student import Student
from linewatch.compiler.teach.lessons import Batch, Lessons
from linewatch.compiler.teach.losses import defects_loss, features_loss, map_loss

_WARM_UP = 0.05
_REPORT_EVERY = 5


@dataclass(frozen=True, kw_only=True)
class DistilSettings:
    """Steps of `batch` pictures, with a learning rate that rises briefly and falls along a cosine."""

    steps: int = 600
    batch: int = 16
    learning_rate: float = 3e-3
    weight_decay: float = 1e-4

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch < 2:
            raise WrongUse(f"distillation needs at least 1 step of 2 pictures, not {self.steps} of {self.batch}")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise WrongUse(f"the learning rate must be above 0, not {self.learning_rate}")


def distil(student: Student, lessons: Lessons, settings: DistilSettings, *, seed: int, progress: Progress) -> float:
    """Fit the student to the lessons; gives the mean loss of the last tenth of the steps.

    Normalisations keep their statistics: those of small batches would change the features that pruning left intact.

    Deterministic for one seed, one machine and one number of threads.

    Raises:
        CompilerError: the loss is not a number any more.
    """
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(student.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
    student.eval()
    loss_of = _loss(student, lessons)
    losses: list[float] = []
    for step in range(settings.steps):
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * _schedule(step / settings.steps)
        loss = loss_of(lessons.draw(settings.batch, generator))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(float(loss.detach()))
        if not math.isfinite(losses[-1]):
            raise CompilerError("distillation diverged; compile with another seed or a lower learning rate")
        if step % _REPORT_EVERY == 0 or step == settings.steps - 1:
            progress("distil", (step + 1) / settings.steps)
    last = losses[-max(1, len(losses) // 10) :]
    return sum(last) / len(last)


def _loss(student: Student, lessons: Lessons) -> Callable[[Batch], Tensor]:
    """The loss of a batch: the sum of what the student's heads and the lessons have in common."""
    components = lessons.components
    normality = None if components is None else normal_statistics(components.values[: lessons.good].float())

    def loss(batch: Batch) -> Tensor:
        stages = student.trunk(batch.pictures.float())
        parts: list[Tensor] = []
        if batch.components is not None:
            assert components is not None
            assert normality is not None
            found = student.features_of(stages)
            parts.append(features_loss(found, batch.components, components.importance, normality))
        if student.discriminates:
            logits = student.logits_of(stages)
            parts.append(defects_loss(logits, batch.covers, student.shape.found_cells))
            if batch.maps is not None:
                parts.append(map_loss(logits, batch.maps))
        return torch.stack(parts).sum()

    return loss


def _schedule(done: float) -> float:
    return min(1.0, done / _WARM_UP + 0.05) * (0.5 + 0.5 * math.cos(math.pi * done))
