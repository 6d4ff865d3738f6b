"""Makes the student: start as a pretrained network, prune, reconstruct, distil the teacher, learn what is normal."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.progress import Progress
from linewatch.compiler.prune.prune import Pruned, prune
from linewatch.compiler.prune.reconstruct import reconstruct
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.student.efficientnet_lite import load
from linewatch.compiler.student.student import Student
from linewatch.compiler.teach.distil import distil
from linewatch.compiler.teach.lessons import Lessons, learn_components, read_lessons, spread
from linewatch.compiler.teach.material import learning_material
from linewatch.compiler.teach.settle import settle
from linewatch.compiler.teacher import Teacher, UInt8Array

_RECONSTRUCTED_ON = 48


@dataclass(frozen=True, kw_only=True)
class Taught:
    """A finished FP32 student, its last training loss, and what pruning removed."""

    student: Student
    loss: float
    pruned: Pruned


def teach(
    teacher: Teacher, good: Sequence[UInt8Array], shrink: Shrink, settings: CompileSettings, progress: Progress
) -> Taught:
    """Make a student from the good frames.

    Raises:
        TeacherError: the teacher's features cannot be learned from.
        CompilerError: training diverged, or the pretrained weights are not installed.
    """
    lessons = _lessons(teacher, good, shrink, settings, progress)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        student = Student(settings.student)
    settle(student, lessons)
    pruned = prune(student, lessons.pictures, settings.prune, seed=settings.seed + 1)
    examples = lessons.pictures[spread(lessons, _RECONSTRUCTED_ON)]
    reconstruct(student.trunk.backbone, load(), torch.from_numpy(examples).movedim(3, 1), seed=settings.seed + 3)
    settle(student, lessons)
    loss = distil(student, lessons, settings.distil, seed=settings.seed + 2, progress=progress)
    student.fit_normality(lessons.pictures[: lessons.good])
    return Taught(student=student, loss=loss, pruned=pruned)


def _lessons(
    teacher: Teacher, good: Sequence[UInt8Array], shrink: Shrink, settings: CompileSettings, progress: Progress
) -> Lessons:
    """The first len(good) pictures of the lessons are the good ones as they are."""
    material = learning_material(good, shrink, max(settings.material, 2 * len(good)), settings.seed)
    components = learn_components(teacher, material[: len(good)], settings.student.features, progress)
    return read_lessons(teacher, components, material, len(good), settings.student.grid, progress)
