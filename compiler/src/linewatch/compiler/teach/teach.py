"""Makes the student: start as a pretrained network, prune, reconstruct, distil the teacher, learn what is normal."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.pictures import LabelledPicture
from linewatch.compiler.progress import Progress
from linewatch.compiler.prune.prune import Pruned, prune
from linewatch.compiler.prune.reconstruct import reconstruct
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.student.efficientnet_lite import load
from linewatch.compiler.student.student import Student
from linewatch.compiler.teach.distil import distil
from linewatch.compiler.teach.lessons import Lessons, learn_components, lessons_of, read_components, read_maps
from linewatch.compiler.teach.material import Material, learning_material
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
    teacher: Teacher,
    good: Sequence[UInt8Array],
    labelled: Sequence[LabelledPicture],
    shrink: Shrink,
    settings: CompileSettings,
    progress: Progress,
) -> Taught:
    """Make a student from the good frames, and from the labelled ones if it has a discriminator.

    Raises:
        TeacherError: the teacher's features cannot be learned from.
        CompilerError: training diverged, or the pretrained weights are not installed.
    """
    count = max(settings.material, 2 * len(good))
    material = learning_material(good, labelled, shrink, count, settings.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        student = Student(settings.student)
    lessons = _lessons(student, teacher, material, progress)
    settle(student, lessons)
    pruned = prune(student, lessons.examples(settings.prune.pictures), settings.prune, seed=settings.seed + 1)
    examples = torch.from_numpy(lessons.examples(_RECONSTRUCTED_ON)).movedim(3, 1)
    reconstruct(student.trunk.backbone, load(), examples, seed=settings.seed + 3)
    settle(student, lessons)
    loss = distil(student, lessons, settings.distil, seed=settings.seed + 2, progress=progress)
    if student.has_normality:
        student.fit_normality(material.pictures[: material.good])
    return Taught(student=student, loss=loss, pruned=pruned)


def _lessons(student: Student, teacher: Teacher, material: Material, progress: Progress) -> Lessons:
    """A Gaussian is taught the teacher's features, a discriminator alone its anomaly maps."""
    shape = student.shape
    if not student.has_normality:
        return lessons_of(material, maps=read_maps(teacher, material.pictures, shape.grid, progress), cut=True)
    whitening = learn_components(teacher, material.pictures[: material.good], shape.features, progress)
    return lessons_of(material, components=read_components(teacher, whitening, material.pictures, shape.grid, progress))
