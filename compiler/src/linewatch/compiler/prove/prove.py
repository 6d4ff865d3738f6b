"""Checks and measures what was built: golden pictures, accuracy beside the teacher, speed, size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from linewatch.compiler.bundle.build import Built
from linewatch.compiler.errors import TeacherError
from linewatch.compiler.graph.region import frames_around
from linewatch.compiler.graph.runtime import Judge, Verdicts, together
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.pictures import TestPicture
from linewatch.compiler.progress import Progress
from linewatch.compiler.prove.accuracy import Accuracy, accuracy
from linewatch.compiler.prove.footprint import peak_memory_bytes
from linewatch.compiler.prove.golden import golden_pictures
from linewatch.compiler.prove.measure import latencies_ms
from linewatch.compiler.prove.naming import Naming, naming
from linewatch.compiler.prove.proof import Proof, prove_target
from linewatch.compiler.prove.table import STUDENT_FP32, TEACHER, Costs, Row, Table
from linewatch.compiler.sample import still, stills
from linewatch.compiler.teacher import Teacher, UInt8Array
from linewatch.protos.bundle import ClassBank, FrameStack, RegionOfInterest

_CHUNK = 8


@dataclass(frozen=True, kw_only=True)
class Golden:
    """Golden pictures, and what became of them in each target, by its name."""

    pictures: tuple[UInt8Array, ...]
    proofs: Mapping[str, Proof]


def prove_golden(
    built: Built,
    held: Sequence[UInt8Array],
    shrink: Shrink,
    region: RegionOfInterest | None,
    frame: tuple[int, int],
    seed: int,
    progress: Progress,
    *,
    stack: FrameStack | None = None,
) -> Golden:
    """Score the golden pictures of every target in every runtime that is installed.

    Args:
        built: the targets.
        held: frames to make the pictures of, or their region.
        shrink: the graphs' own first nodes behind the region.
        region: what the graphs look at.
        frame: height and width of the camera's frames, in pixels.
        seed: of the choice of pictures and of their defects.
        progress: told what is being done.
        stack: what is judged at once; single frames if None.

    Raises:
        GoldenFailed: two runtimes differ by more than the tolerance; names the target.
        GraphUnsupported: a target's runtime cannot run its graph; names the target.
    """
    pictures = golden_pictures(held, shrink, region, seed)
    proofs: dict[str, Proof] = {}
    for index, target in enumerate(built.targets):
        progress("prove", index / len(built.targets))
        proofs[target.kind.name] = prove_target(target.kind, target.graph, pictures, frame, stack)
    progress("prove", 1.0)
    return Golden(pictures=pictures, proofs=proofs)


def measure(
    teacher: Teacher,
    built: Built,
    golden: Golden,
    judged: Sequence[TestPicture],
    frame: UInt8Array,
    region: RegionOfInterest | None,
    progress: Progress,
    *,
    real: bool,
    bank: ClassBank | None = None,
    recorded: Costs | None = None,
) -> Table:
    """The measured table of teacher, FP32 student and every target.

    Args:
        teacher: what the student was taught by.
        built: the FP32 student and the targets.
        golden: how far the runtimes of each target are apart.
        judged: pictures that accuracy is measured on.
        frame: a sample of what the teacher sees, which speed is measured on.
        region: what part of the camera's frames that is; all of them if None.
        progress: told what is being done.
        real: whether the defects of the judged pictures are real.
        bank: the classes by which targets name defects.
        recorded: costs that were measured before; nothing is timed then.
    """
    students = {STUDENT_FP32: Judge(built.fp32)} | {target.kind.name: target.judge() for target in built.targets}
    accuracies = {TEACHER: _teacher_accuracy(teacher, judged, progress)}
    namings: dict[str, Naming | None] = {}
    for name, judge in students.items():
        verdicts = _verdicts(judge, judged, region, progress)
        accuracies[name] = accuracy(judged, verdicts.scores, verdicts.maps)
        if bank is not None and bank.of(name):
            namings[name] = naming(judged, verdicts, bank, name)
    foreign = {target.kind.name for target in built.targets if not target.kind.native}
    whole = frames_around([frame], region)
    calls = {TEACHER: lambda: teacher.scores([still(frame)])} | {
        name: (lambda judge=judge: judge(whole)) for name, judge in students.items() if name not in foreign
    }
    graphs = {STUDENT_FP32: built.fp32} | {target.kind.name: target.graph for target in built.targets}
    costs = recorded
    if costs is None:
        memory = {name: peak_memory_bytes(graphs[name], whole[0].shape) for name in graphs if name not in foreign}
        costs = Costs(latency_ms=latencies_ms(calls, progress, "measure speed"), memory_bytes=memory)
    rows = tuple(
        Row(
            subject=name,
            accuracy=accuracies[name],
            latency_ms=costs.latency_ms.get(name),
            size_bytes=len(graphs[name]) if name in graphs else None,
            memory_bytes=costs.memory_bytes.get(name),
            naming=namings.get(name),
        )
        for name in accuracies
    )
    spreads = {name: proof.spread for name, proof in golden.proofs.items()}
    return Table(rows=rows, real=real, golden_spreads=spreads)


def check_teacher(teacher: Teacher, frames: Sequence[UInt8Array]) -> None:
    """Refuse a teacher before hours are spent on it.

    Raises:
        TeacherError: its scores are not finite, or all the same.
    """
    scores = teacher.scores(stills(frames))
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
        frames = [still(picture.frame) for picture in judged[start : start + _CHUNK]]
        scores.append(teacher.scores(frames))
        maps.append(teacher.maps(frames) if with_masks else np.zeros((len(frames), 1, 1), np.float32))
        progress("measure the teacher", min(1.0, (start + _CHUNK) / len(judged)))
    return accuracy(judged, np.concatenate(scores), np.concatenate(maps))


def _verdicts(
    judge: Judge, judged: Sequence[TestPicture], region: RegionOfInterest | None, progress: Progress
) -> Verdicts:
    verdicts = []
    for index, picture in enumerate(judged):
        verdicts.append(judge(frames_around([picture.frame], region)))
        progress("measure the student", (index + 1) / len(judged))
    return together(verdicts)
