"""Compiles a teacher into a bundle: teach, build, prove, measure, accept, write."""

from copy import deepcopy
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from pathlib import Path

import onnx

from linewatch.compiler.bundle.build import Built, build
from linewatch.compiler.bundle.heads import settle_heads
from linewatch.compiler.bundle.package import bundle_files, manifest
from linewatch.compiler.bundle.recipe import recipe_bytes
from linewatch.compiler.bundle.threshold import check_promise
from linewatch.compiler.classes.bank import learn_bank
from linewatch.compiler.errors import CompilerError, WrongUse
from linewatch.compiler.graph.region import frames_around
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.pictures import Division, Pictures, TestPicture, divide, frame_size, usual
from linewatch.compiler.precision.fine_tune import fine_tune
from linewatch.compiler.progress import Progress, silent
from linewatch.compiler.prove.accept import accept, accept_memory, accept_speed
from linewatch.compiler.prove.accuracy import judged_pictures
from linewatch.compiler.prove.prove import Golden, check_teacher, measure, prove_golden
from linewatch.compiler.prove.table import Costs, Table
from linewatch.compiler.sample import is_stack
from linewatch.compiler.search.front import Front
from linewatch.compiler.search.room import check_room
from linewatch.compiler.search.search import Found, SearchSettings, search
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.teach.lessons import Lessons
from linewatch.compiler.teach.study import study
from linewatch.compiler.teach.teach import Taught, teach
from linewatch.compiler.teacher import Teacher, UInt8Array
from linewatch.compiler.writable import check_writable
from linewatch.protos.bundle import Bundle, ClassBank, check_class_name, check_place, write_bundle
from linewatch.protos.bundle.errors import BundleError


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """A written bundle, and how it came out.

    `settings` are those of the student that was chosen, `judged` the pictures that the table is about, `bank` its
    classes of defects if some were labelled, `front` what was chosen from if the student was searched for.
    """

    bundle: Bundle
    settings: CompileSettings
    table: Table
    judged: tuple[TestPicture, ...]
    taught: Taught
    built: Built
    golden: Golden
    bank: ClassBank | None = None
    front: Front | None = None


def compile_bundle(
    teacher: Teacher,
    pictures: Pictures,
    folder: Path,
    settings: CompileSettings,
    *,
    training_run: str = "",
    budget: SearchSettings | None = None,
    recorded: Costs | None = None,
    replace: bool = False,
    progress: Progress = silent,
) -> Compiled:
    """Make a student of the teacher and write it as a bundle to `folder`.

    A quarter of the good pictures is held back, up to a half where a proven promise needs them: they set threshold
    and score band and give the golden pictures. Test pictures only measure. Nothing is written until everything was
    proven, and then all of it or nothing.

    Args:
        teacher: judges pictures.
        pictures: what to learn from and measure on.
        folder: where the bundle goes.
        settings: what the user chose.
        training_run: name of the teacher's run, for the lineage.
        recorded: times and memory of the rows of the table, measured before; nothing is measured then.
        budget: how fast the student must be; its width and the size of its picture are searched then.
        replace: exchange a bundle that stands at `folder`.
        progress: told what is being done.

    Raises:
        WrongUse: pictures, settings or folder cannot be used, or the teacher learned nothing.
        Refused: a target is too far below the teacher, scores differently elsewhere, cannot run, is too slow, or needs
            more memory than there is; names it.
        CompilerError: the disk refused.
    """
    _check_folder(folder, replace)
    _check_samples(pictures, settings)
    division = divide(pictures.good, least_held=settings.budget.normals_needed if settings.budget.proven else 0)
    check_promise(len(division.held), settings.budget, filmed=is_stack(division.held[0]))
    check_teacher(teacher, division.held)
    size = frame_size(pictures.good)

    found = _prepared(teacher, division, pictures, size, settings, budget, progress, recorded=recorded is not None)
    settings, lessons = found.settings, found.lessons
    shrink = Shrink.for_frames(settings.student.size, *size)
    taught = teach(lessons, settings, progress)
    taught, built = _built(taught, lessons, pictures, division, shrink, settings, progress)
    frame = size if pictures.region is None else pictures.region.frame_around(*size)
    golden = prove_golden(
        built,
        division.held,
        shrink,
        pictures.region,
        frame,
        settings.seed,
        progress,
        stack=settings.student.stack,
    )
    bank = _bank(built, pictures, progress)
    judged, real = judged_pictures(pictures.test, division.held, settings.seed)
    table = measure(
        teacher,
        built,
        golden,
        judged,
        usual(division.held),
        pictures.region,
        progress,
        real=real,
        bank=bank,
        recorded=recorded,
    )
    for target in settings.targets:
        accept(table, target, settings.max_auroc_loss)
        accept_memory(table, target, settings.max_memory_mb)
        if budget is not None:
            accept_speed(table, target, budget.budget_ms)

    files = bundle_files(
        built, golden, recipe_bytes(taught.student, shrink, pictures.region, settings, built, golden, frame), bank
    )
    content = manifest(
        built,
        golden,
        table,
        settings,
        shape=taught.student.shape,
        frame=frame,
        sampled=shrink.sampled,
        region=pictures.region,
        bits=pictures.bits,
        bank=bank,
        dataset_digest=pictures.digest,
        training_run=training_run,
    )
    try:
        bundle = write_bundle(folder, content, files, replace=replace)
    except BundleError as error:
        raise CompilerError(str(error)) from error
    return Compiled(
        bundle=bundle,
        settings=settings,
        table=table,
        judged=judged,
        taught=taught,
        built=built,
        golden=golden,
        bank=bank,
        front=found.front,
    )


def _prepared(
    teacher: Teacher,
    division: Division,
    pictures: Pictures,
    size: tuple[int, int],
    settings: CompileSettings,
    budget: SearchSettings | None,
    progress: Progress,
    *,
    recorded: bool,
) -> Found:
    """The settings of the student, searched for if there is a budget, and the lessons to teach it with.

    With costs that were `recorded` no memory is measured.
    """
    if budget is not None:
        return search(teacher, division, pictures.labelled, pictures.region, settings, budget, progress)
    if not recorded:
        check_room(settings, frame_size([usual(division.held)]), pictures.region)
    (lessons,) = study(
        teacher,
        division.fit,
        pictures.labelled,
        [Shrink.for_frames(settings.student.size, *size)],
        settings.student,
        count=settings.material_for(len(division.fit)),
        seed=settings.seed,
        progress=progress,
    )
    return Found(front=None, settings=settings, lessons=lessons)


def _built(
    taught: Taught,
    lessons: Lessons,
    pictures: Pictures,
    division: Division,
    shrink: Shrink,
    settings: CompileSettings,
    progress: Progress,
) -> tuple[Taught, Built]:
    """The student's graphs; it is trained in integers first where quantization loses too much, if that helps."""
    tuned = deepcopy(taught)
    settle_heads(taught.student, division.held, pictures.labelled, shrink, settings.budget, settings.seed)
    built = build(taught.student, shrink, division, pictures.region, settings, progress)
    if built.precise or not settings.precision.qat_steps:
        return taught, built
    loss = fine_tune(
        tuned.student,
        lessons,
        onnx.load_from_string(built.fp32),
        built.ranges,
        settings.distil,
        steps=settings.precision.qat_steps,
        seed=settings.seed + 4,
        progress=progress,
    )
    settle_heads(tuned.student, division.held, pictures.labelled, shrink, settings.budget, settings.seed)
    again = build(tuned.student, shrink, division, pictures.region, settings, progress)
    better = again.worst_score_error < built.worst_score_error
    return (replace_fields(tuned, loss=loss), again) if better else (taught, built)


def _bank(built: Built, pictures: Pictures, progress: Progress) -> ClassBank | None:
    """The classes of the labelled defects, if there are any."""
    kinds: dict[str, list[UInt8Array]] = {}
    for picture in pictures.labelled:
        kinds.setdefault(picture.kind, []).extend(frames_around([picture.frame], pictures.region))
    if not kinds:
        return None
    progress("learn classes", 0.0)
    bank = learn_bank({target.kind.name: target.judge() for target in built.targets}, kinds)
    progress("learn classes", 1.0)
    return bank


def _check_samples(pictures: Pictures, settings: CompileSettings) -> None:
    wanted = settings.student.frames
    found = {len(sample) if is_stack(sample) else 1 for sample in pictures.good}
    if found - {wanted}:
        raise WrongUse(f"the student judges {wanted} frames at once, but samples have {max(found - {wanted})}")
    if wanted > 1 and pictures.labelled:
        raise WrongUse("labelled defects cannot teach a student of stacks: give footage of what is normal alone")
    try:
        for picture in pictures.labelled:
            check_class_name(picture.kind)
    except BundleError as error:
        raise WrongUse(f"{error}; rename the folder of these labelled defects") from error


def _check_folder(folder: Path, replace: bool) -> None:
    """Refuse now what writing would refuse after minutes."""
    try:
        check_place(folder, replace=replace)
    except BundleError as error:
        raise WrongUse(str(error)) from error
    try:
        check_writable(folder)
    except OSError as error:
        raise CompilerError(f"cannot write to {folder}: {error.strerror}; give another folder") from error
