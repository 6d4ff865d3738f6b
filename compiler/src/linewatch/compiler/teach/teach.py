"""Makes the student: start as a pretrained network, prune, reconstruct, distil the teacher, learn what is normal."""

from dataclasses import dataclass

import torch

from linewatch.compiler.progress import Progress
from linewatch.compiler.prune.prune import Pruned, prune
from linewatch.compiler.prune.reconstruct import reconstruct
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.student.efficientnet_lite import load
from linewatch.compiler.student.student import Student
from linewatch.compiler.teach.distil import distil
from linewatch.compiler.teach.lessons import Lessons
from linewatch.compiler.teach.settle import settle

_RECONSTRUCTED_ON = 48


@dataclass(frozen=True, kw_only=True)
class Taught:
    """A finished FP32 student, its last training loss, and what pruning removed."""

    student: Student
    loss: float
    pruned: Pruned


def teach(lessons: Lessons, settings: CompileSettings, progress: Progress) -> Taught:
    """Make a student from what the teacher said.

    Raises:
        CompilerError: training diverged, or the pretrained weights are not installed.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        student = Student(settings.student)
    settle(student, lessons)
    pruned = prune(student, lessons.examples(settings.prune.pictures), settings.prune, seed=settings.seed + 1)
    examples = torch.from_numpy(lessons.examples(_RECONSTRUCTED_ON)).movedim(3, 1)
    reconstruct(student.trunk.backbone, load(), examples, seed=settings.seed + 3)
    settle(student, lessons)
    loss = distil(student, lessons, settings.distil, seed=settings.seed + 2, progress=progress)
    student.fit(lessons.normal)
    return Taught(student=student, loss=loss, pruned=pruned)
