"""Checks and measures what was built: golden pictures, accuracy beside the teacher, speed, size."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linewatch.compiler.bundle.build import Built
from linewatch.compiler.errors import TeacherError
from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.pictures import Division, Pictures, TestPicture
from linewatch.compiler.progress import Progress
from linewatch.compiler.prove.accuracy import Accuracy, accuracy, judged_pictures
from linewatch.compiler.prove.golden import check_golden, golden_pictures
from linewatch.compiler.prove.measure import latencies_ms
from linewatch.compiler.prove.table import STUDENT_FP32, TEACHER, Row, Table
from linewatch.compiler.teacher import FloatArray, Teacher, UInt8Array

_CHUNK = 8


@dataclass(frozen=True, kw_only=True)
class Golden:
    """Pictures, the scores the compiled graph gives them, and the largest difference between ways to run it."""

    pictures: tuple[UInt8Array, ...]
    scores: FloatArray
    spread: float


def prove_golden(built: Built, held: Sequence[UInt8Array], shrink: Shrink, seed: int) -> Golden:
    """Score the golden pictures as devices do, and with every node run as written.

    Raises:
        GoldenFailed: the two differ by more than the tolerance.
    """
    pictures = golden_pictures(held, shrink, seed)
    scores = Judge(built.compiled)(pictures).scores
    plain = Judge(built.compiled, optimised=False)(pictures).scores
    spread = check_golden({"the optimised graph": scores, "the graph as written": plain})
    return Golden(pictures=pictures, scores=scores, spread=spread)


def measure(
    teacher: Teacher,
    built: Built,
    golden: Golden,
    pictures: Pictures,
    division: Division,
    target: str,
    seed: int,
    progress: Progress,
) -> Table:
    """The measured table of teacher, FP32 student and compiled target."""
    judged, real = judged_pictures(pictures.test, division.held, seed)
    students = {STUDENT_FP32: Judge(built.fp32), target: Judge(built.compiled)}
    accuracies = {TEACHER: _teacher_accuracy(teacher, judged, progress)}
    for name, judge in students.items():
        accuracies[name] = _student_accuracy(judge, judged, progress)
    frame = [division.held[0]]
    calls = {TEACHER: lambda: teacher.scores(frame)} | {
        name: (lambda judge=judge: judge(frame)) for name, judge in students.items()
    }
    taken = latencies_ms(calls, progress, "measure speed")
    sizes = {TEACHER: None, STUDENT_FP32: len(built.fp32), target: len(built.compiled)}
    rows = tuple(
        Row(subject=name, accuracy=accuracies[name], latency_ms=taken[name], size_bytes=sizes[name])
        for name in accuracies
    )
    return Table(rows=rows, real=real, golden_spread=golden.spread)


def check_teacher(teacher: Teacher, frames: Sequence[UInt8Array]) -> None:
    """Refuse a teacher before hours are spent on it.

    Raises:
        TeacherError: its scores are not finite, or all the same.
    """
    scores = teacher.scores(list(frames))
    if not np.isfinite(scores).all():
        raise TeacherError("the teacher gave a score that is not a number; train the teacher again")
    if float(scores.max()) == float(scores.min()):
        raise TeacherError(
            "the teacher gives every picture the same score, so there is nothing to distil; "
            "check the training pictures and train the teacher again"
        )


def _teacher_accuracy(teacher: Teacher, judged: Sequence[TestPicture], progress: Progress) -> Accuracy:
    scores, maps = [], []
    with_masks = any(picture.mask is not None for picture in judged)
    for start in range(0, len(judged), _CHUNK):
        frames = [picture.frame for picture in judged[start : start + _CHUNK]]
        scores.append(teacher.scores(frames))
        maps.append(teacher.maps(frames) if with_masks else np.zeros((len(frames), 1, 1), np.float32))
        progress("measure the teacher", min(1.0, (start + _CHUNK) / len(judged)))
    return accuracy(judged, np.concatenate(scores), np.concatenate(maps))


def _student_accuracy(judge: Judge, judged: Sequence[TestPicture], progress: Progress) -> Accuracy:
    verdicts = []
    for index, picture in enumerate(judged):
        verdicts.append(judge([picture.frame]))
        progress("measure the student", (index + 1) / len(judged))
    scores = np.concatenate([verdict.scores for verdict in verdicts])
    return accuracy(judged, scores, np.concatenate([verdict.maps for verdict in verdicts]))
