"""Teaches a student its teacher's features."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from linewatch.compiler.errors import CompilerError, WrongUse
from linewatch.compiler.lessons import Lessons
from linewatch.compiler.progress import Progress
from linewatch.compiler.student import Student

_WARM_UP = 0.05
_REPORT_EVERY = 5


@dataclass(frozen=True, kw_only=True)
class DistilSettings:
    """Steps of `batch` pictures, with a learning rate that rises briefly and falls along a cosine."""

    steps: int = 400
    batch: int = 16
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch < 2:
            raise WrongUse(f"distillation needs at least 1 step of 2 pictures, not {self.steps} of {self.batch}")


def distil(student: Student, lessons: Lessons, settings: DistilSettings, *, seed: int, progress: Progress) -> float:
    """Fit the student's features to the teacher's; gives the mean loss of the last tenth of the steps.

    Deterministic for one seed, one machine and one number of threads.

    Raises:
        CompilerError: the loss is not a number any more.
    """
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(
        student.trunk.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    student.train()
    losses: list[float] = []
    for step in range(settings.steps):
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * _schedule(step / settings.steps)
        loss = _loss(student, lessons, generator, settings.batch)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(float(loss.detach()))
        if not math.isfinite(losses[-1]):
            raise CompilerError("distillation diverged; compile with another seed or a lower learning rate")
        if step % _REPORT_EVERY == 0 or step == settings.steps - 1:
            progress("distil", (step + 1) / settings.steps)
    student.eval()
    last = losses[-max(1, len(losses) // 10) :]
    return sum(last) / len(last)


def _loss(student: Student, lessons: Lessons, generator: torch.Generator, batch: int) -> Tensor:
    """Loss of one random batch: smooth L1, the stronger components counting more."""
    chosen = torch.randint(len(lessons.pictures), (min(batch, len(lessons.pictures)),), generator=generator)
    pictures = torch.from_numpy(lessons.pictures[chosen.numpy()]).permute(0, 3, 1, 2)
    wanted = lessons.components[chosen].float()
    loss = functional.smooth_l1_loss(student.features(pictures), wanted, reduction="none")
    return (loss * lessons.importance[:, None, None]).mean()


def _schedule(done: float) -> float:
    return min(1.0, done / _WARM_UP + 0.05) * (0.5 + 0.5 * math.cos(math.pi * done))
