"""Teaches a student its teacher's features.

Half of the loss looks at the components of the features, half at the deviations that a detector makes of them: what is
rare among normal pictures, and therefore weighs much in the score, is small among the components.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from linewatch.compiler.errors import CompilerError, WrongUse
from linewatch.compiler.normal.moments import by_region
from linewatch.compiler.normal.normality import normal_statistics
from linewatch.compiler.progress import Progress
from linewatch.compiler.student.student import Student
from linewatch.compiler.teach.lessons import Lessons

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
    """Fit the student's features to the teacher's; gives the mean loss of the last tenth of the steps.

    Normalisations keep their statistics: those of small batches would change the features that pruning left intact.

    Deterministic for one seed, one machine and one number of threads.

    Raises:
        CompilerError: the loss is not a number any more.
    """
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(
        student.trunk.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    student.eval()
    normality = normal_statistics(lessons.components[: lessons.good].float())
    losses: list[float] = []
    for step in range(settings.steps):
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * _schedule(step / settings.steps)
        loss = _loss(student, lessons, normality, generator, settings.batch)
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


def _loss(
    student: Student, lessons: Lessons, normality: tuple[Tensor, Tensor], generator: torch.Generator, batch: int
) -> Tensor:
    """Smooth L1 of one random batch: of the components by importance, and of the deviations that `normality` makes.

    A deviation counts beside how strange the cell is: ten too many are much for a normal one, and little for a crack.
    """
    chosen = torch.randint(len(lessons.pictures), (min(batch, len(lessons.pictures)),), generator=generator)
    pictures = torch.from_numpy(lessons.pictures[chosen.numpy()]).permute(0, 3, 1, 2)
    wanted = lessons.components[chosen].float()
    mean, factor = normality
    error = student.features(pictures) - wanted
    strangeness = _deviations(wanted - mean, factor).square().mean(-1, keepdim=True).sqrt()
    apart = _smooth(_deviations(error, factor)) / strangeness.clamp_min(1)
    return (_smooth(error) * lessons.importance[:, None, None]).mean() / 2 + apart.mean() / 2


def _deviations(values: Tensor, factor: Tensor) -> Tensor:
    """[N, D, h, w] to [regions, cells, D]: of variance 1 for normal features less their mean."""
    return math.sqrt(values.shape[1]) * by_region(values.movedim(1, -1)) @ factor.transpose(1, 2)


def _smooth(error: Tensor) -> Tensor:
    return functional.smooth_l1_loss(error, torch.zeros_like(error), reduction="none")


def _schedule(done: float) -> float:
    return min(1.0, done / _WARM_UP + 0.05) * (0.5 + 0.5 * math.cos(math.pi * done))
