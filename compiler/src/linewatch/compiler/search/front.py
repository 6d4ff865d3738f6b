"""What can be had: how accurate students are at which speed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from linewatch.compiler.errors import TooSlow
from linewatch.compiler.search.candidate import Candidate


@dataclass(frozen=True, kw_only=True)
class Point:
    """A candidate, its milliseconds a frame on one core, and its estimated image AUROC if it was estimated."""

    candidate: Candidate
    ms: float
    auroc: float | None = None


@dataclass(frozen=True, kw_only=True)
class Front:
    """Every candidate that was measured, and the place of the chosen one."""

    points: tuple[Point, ...]
    chosen: int

    @property
    def choice(self) -> Candidate:
        """The chosen candidate."""
        return self.points[self.chosen].candidate

    @property
    def estimated(self) -> list[Point]:
        """The candidates whose accuracy was estimated, the fastest first."""
        return sorted((point for point in self.points if point.auroc is not None), key=lambda point: point.ms)


_ALIKE = 0.003
"""Difference of estimated AUROCs that is chance."""


MARGIN = 0.93
"""Share of the budget that a candidate may take: the finished student is measured again, and must keep the budget."""


def worth_estimating(points: Sequence[Point], budget_ms: float, most: int) -> list[int]:
    """Places of the candidates to look at: at each size the widest that keeps the budget, the slowest of them first.

    What is slower makes better use of the budget. One that is much faster is looked at too, so that people see what
    speed costs.

    Raises:
        TooSlow: none keeps the budget.
    """
    allowed = [place for place, point in enumerate(points) if point.ms <= MARGIN * budget_ms]
    if not allowed:
        fastest = min(points, key=lambda point: point.ms)
        raise TooSlow(
            f"no student keeps {budget_ms:.3g} ms a frame on one core of this machine; the fastest takes "
            f"{fastest.ms:.2f} ms ({fastest.candidate.name}), and the budget must leave it some room. Give a larger "
            "budget, smaller frames or a faster machine."
        )
    widest: dict[tuple[int, int], int] = {}
    for place in allowed:
        size = points[place].candidate.shape.size
        if size not in widest or points[place].candidate.scale > points[widest[size]].candidate.scale:
            widest[size] = place
    ordered = sorted(widest.values(), key=lambda place: -points[place].ms)
    fast = min(allowed, key=lambda place: points[place].ms)
    return list(dict.fromkeys([*ordered[: most - 1], fast]))


def pick(points: Sequence[Point]) -> Front:
    """Choose the most accurate of those that were estimated, and of those that are alike the fastest."""
    within = [place for place, point in enumerate(points) if point.auroc is not None]
    best = max(points[place].auroc or 0.0 for place in within)
    alike = [place for place in within if (points[place].auroc or 0.0) >= best - _ALIKE]
    chosen = min(alike, key=lambda place: points[place].ms)
    return Front(points=tuple(points), chosen=chosen)


def with_auroc(points: Sequence[Point], place: int, auroc: float) -> list[Point]:
    """The points, one of them estimated."""
    return [replace(point, auroc=auroc) if index == place else point for index, point in enumerate(points)]
