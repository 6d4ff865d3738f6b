import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.decide.poisson import lasting_lower_bound, poisson_interval


def at_most(events: int, mean: float) -> float:
    """Probability of no more than so many events, term by term."""
    return math.fsum(math.exp(count * math.log(mean) - mean - math.lgamma(count + 1)) for count in range(events + 1))


@pytest.mark.parametrize(
    ("events", "lower", "upper"),
    [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (10, 4.7954, 18.3904), (100, 81.3640, 121.6272)],
)
def test_bounds_are_those_of_published_tables(events: int, lower: float, upper: float) -> None:
    assert poisson_interval(events, 0.95) == pytest.approx((lower, upper), rel=1e-4, abs=5e-5)


@given(st.integers(0, 400), st.sampled_from([0.8, 0.95, 0.99]))
def test_each_bound_leaves_half_of_the_doubt_outside(events: int, confidence: float) -> None:
    lower, upper = poisson_interval(events, confidence)
    tail = (1 - confidence) / 2
    assert at_most(events, upper) == pytest.approx(tail, rel=0.03)
    if events:
        assert 1 - at_most(events - 1, lower) == pytest.approx(tail, rel=0.03)


def test_the_lasting_bound_is_hardly_ever_above_the_truth_however_often_it_is_looked_at() -> None:
    random_ = random.Random(7)
    wrong = 0
    for _ in range(1000):
        clock = 0.0
        for event in range(1, 200):
            clock += random_.expovariate(1.0)
            if lasting_lower_bound(event, 0.05) > clock:
                wrong += 1
                break
    assert wrong <= 70  # 50 at most are expected; three standard deviations more


def test_the_lasting_bound_finds_a_rate_that_is_three_times_as_high() -> None:
    assert lasting_lower_bound(9, 0.001) == 0.0
    assert lasting_lower_bound(10, 0.001) > 0.0
    assert lasting_lower_bound(300, 0.001) > 200
