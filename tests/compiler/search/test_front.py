import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.compiler.errors import TooSlow
from linewatch.compiler.search.candidate import candidates
from linewatch.compiler.search.front import MARGIN, Point, pick, with_auroc, worth_estimating
from linewatch.compiler.settings import CompileSettings

CANDIDATES = candidates(CompileSettings(), fixed_size=False)


def points(unit: float = 1e-8) -> list[Point]:
    """As if time were multiplications."""
    return [Point(candidate=one, ms=one.macs * unit) for one in CANDIDATES]


@given(budget=st.floats(0.25, 10.0), most=st.integers(2, 8))
def test_what_is_looked_at_keeps_the_budget_and_is_the_widest_of_its_size_or_the_fastest(
    budget: float, most: int
) -> None:
    measured = points()
    places = worth_estimating(measured, budget, most)
    assert 1 <= len(places) <= most
    fastest = min(measured, key=lambda point: point.ms)
    for place in places:
        point = measured[place]
        assert point.ms <= MARGIN * budget
        wider = [
            other
            for other in measured
            if other.candidate.shape.size == point.candidate.shape.size
            and other.candidate.scale > point.candidate.scale
            and other.ms <= MARGIN * budget
        ]
        assert not wider or point is fastest


def test_a_budget_that_none_keeps_is_refused_with_the_fastest() -> None:
    with pytest.raises(TooSlow, match=r"0\.0001 ms.*width 0\.25"):
        worth_estimating(points(), 1e-4, 5)


def test_the_most_accurate_is_chosen_and_the_fastest_of_equals() -> None:
    measured = points()
    order = sorted(range(len(measured)), key=lambda place: measured[place].ms)
    for place, auroc in zip(order[:4], (0.8, 0.9, 0.9015, 0.85), strict=True):
        measured = with_auroc(measured, place, auroc)
    front = pick(measured)
    assert front.chosen == order[1]
    assert front.choice is CANDIDATES[order[1]]
    assert [point.auroc for point in front.estimated] == [0.8, 0.9, 0.9015, 0.85]
