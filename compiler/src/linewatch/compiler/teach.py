"""Makes the student: whiten the teacher's features, distil, prune, fine-tune, learn what is normal."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from linewatch.compiler.distil import Lessons, distil
from linewatch.compiler.material import learning_material
from linewatch.compiler.progress import Progress
from linewatch.compiler.prune import Pruned, prune
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.shrink import Shrink
from linewatch.compiler.student import Student
from linewatch.compiler.teacher import Teacher, UInt8Array
from linewatch.compiler.whitening import learn_whitening, lesson


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
        CompilerError: training diverged.
    """
    pictures = shrink(good)
    lessons = _lessons(teacher, pictures, settings, progress)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        student = Student(settings.student)
    student.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    loss = distil(student, lessons, settings.distil, seed=settings.seed + 1, progress=progress, stage="distil")
    pruned = prune(student, lessons, settings.prune, seed=settings.seed + 2, batch=settings.distil.batch)
    if settings.prune.share > 0:
        loss = distil(student, lessons, settings.finetune, seed=settings.seed + 3, progress=progress, stage="fine-tune")
    student.fit_normality(pictures)
    return Taught(student=student, loss=loss, pruned=pruned)


def _lessons(teacher: Teacher, pictures: UInt8Array, settings: CompileSettings, progress: Progress) -> Lessons:
    progress("read the teacher", 0.0)
    whitening = learn_whitening(teacher, list(pictures), settings.student.trunk.features)
    material = learning_material(list(pictures), max(settings.material, len(pictures)), settings.seed)
    components = lesson(teacher, whitening, material, settings.student.grid, progress, "read the teacher")
    return Lessons(pictures=material, components=components, importance=whitening.importance)
