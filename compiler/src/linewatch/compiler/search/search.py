"""`--budget-ms` and `--fps`: measure every candidate, estimate the best, choose one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from linewatch.compiler.errors import WrongUse
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.pictures import Division, LabelledPicture, frame_size, usual
from linewatch.compiler.progress import Progress
from linewatch.compiler.search.candidate import candidates
from linewatch.compiler.search.cost import measured_ms, untaught_graphs
from linewatch.compiler.search.estimate import estimated_auroc
from linewatch.compiler.search.front import Front, Point, pick, with_auroc, worth_estimating
from linewatch.compiler.search.room import those_with_room
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.target import TARGETS
from linewatch.compiler.teach.lessons import Lessons
from linewatch.compiler.teach.study import study
from linewatch.compiler.teach.synthetic import spoiled_copies
from linewatch.compiler.teacher import Teacher
from linewatch.protos.bundle import RegionOfInterest

_MOST_ESTIMATED = 5
_SPOILED_EACH = 3


@dataclass(frozen=True, kw_only=True)
class SearchSettings:
    """At most `budget_ms` milliseconds a frame on one core; with `fixed_size` the picture keeps its size."""

    budget_ms: float
    fixed_size: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.budget_ms) and self.budget_ms > 0):
            raise WrongUse(f"the budget must be above 0 milliseconds a frame, not {self.budget_ms}")


@dataclass(frozen=True, kw_only=True)
class Found:
    """Settings of a student and the lessons to teach it with; `front` is what it was chosen from, if it was."""

    front: Front | None
    settings: CompileSettings
    lessons: Lessons


def search(
    teacher: Teacher,
    division: Division,
    labelled: Sequence[LabelledPicture],
    region: RegionOfInterest | None,
    settings: CompileSettings,
    wanted: SearchSettings,
    progress: Progress,
) -> Found:
    """Choose width and size of the student by measuring on the first target.

    Raises:
        WrongUse: the first target does not run here, so that nothing can be measured.
        TooLarge: no student fits into the memory that is allowed.
        TooSlow: none that fits keeps the budget.
        TeacherError: see `study`.
    """
    kind = TARGETS[settings.targets[0]]
    if not kind.native:
        raise WrongUse(f"{kind.name} does not run on this machine, so a budget cannot be measured: put another first")
    size = frame_size([*division.fit, *division.held])
    choices = candidates(settings, fixed_size=wanted.fixed_size)
    frame = usual(division.held)
    graphs = untaught_graphs(choices, kind, frame_size([frame]), region, progress)
    graphs = those_with_room(graphs, frame_size([frame]), region, settings, progress)
    taken = measured_ms(graphs, frame, region, progress)
    points = [Point(candidate=choice, ms=taken[choice.name]) for choice in choices if choice.name in graphs]
    places = worth_estimating(points, wanted.budget_ms, _MOST_ESTIMATED)
    shrinks = [Shrink.for_frames(points[place].candidate.shape.size, *size) for place in places]
    lessons = study(
        teacher,
        division.fit,
        labelled,
        shrinks,
        settings.student,
        count=settings.material_for(len(division.fit)),
        seed=settings.seed,
        progress=progress,
    )
    spoiled = spoiled_copies(division.held, _SPOILED_EACH, settings.seed)
    for done, place in enumerate(places):
        progress("estimate accuracy", done / len(places))
        chosen = points[place].candidate.applied(settings)
        narrowed = lessons[done].narrowed(chosen.student.features)
        auroc = estimated_auroc(narrowed, chosen, shrinks[done], division.held, spoiled)
        points = with_auroc(points, place, auroc)
    progress("estimate accuracy", 1.0)
    front = pick(points)
    chosen = front.choice.applied(settings)
    return Found(
        front=front,
        settings=chosen,
        lessons=lessons[places.index(front.chosen)].narrowed(chosen.student.features),
    )
