import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.protos.promise import Budget, PromiseError, decide, rate_bound, tolerance_factor

SCORES = st.lists(st.floats(0.1, 10.0), min_size=8, max_size=60, unique=True)


@given(SCORES, st.floats(0.001, 0.5))
def test_the_sample_itself_keeps_the_budget(scores: list[float], rate: float) -> None:
    budget = Budget(false_alarms_per_hour=3600 * rate, frames_per_second=1.0)
    decision = decide(scores, budget)
    assert decision.alarms == sum(score >= decision.value for score in scores)
    assert decision.alarms <= decision.allowed <= math.floor(rate * len(scores) + 1e-9)
    assert decision.rate_bound == rate_bound(decision.allowed, len(scores), budget.confidence)


@given(SCORES, SCORES, st.floats(0.001, 0.5))
def test_what_is_promised_hangs_on_the_number_of_scores_alone(a: list[float], b: list[float], rate: float) -> None:
    """A bound that followed the scores would choose among several chances to be wrong."""
    budget, count = Budget(false_alarms_per_hour=3600 * rate), min(len(a), len(b))
    first, second = decide(a[:count], budget), decide(b[:count], budget)
    assert (first.method, first.allowed, first.rate_bound) == (second.method, second.allowed, second.rate_bound)


@given(SCORES, st.floats(0.01, 100.0))
def test_the_unit_of_the_scores_does_not_matter(scores: list[float], unit: float) -> None:
    value = decide(scores, Budget()).value
    assert decide([score * unit for score in scores], Budget()).value == pytest.approx(value * unit, rel=1e-4)


def test_a_smaller_budget_asks_for_a_higher_threshold() -> None:
    scores = np.random.default_rng(0).lognormal(0, 0.2, 40).tolist()
    values = [decide(scores, Budget(false_alarms_per_hour=alarms)).value for alarms in (360, 36, 3.6, 0.36)]
    assert values == sorted(values)
    assert len(set(values)) == 4


def test_the_promise_holds_on_new_normal_pictures() -> None:
    random = np.random.default_rng(1)
    budget = Budget(false_alarms_per_hour=180.0, frames_per_second=1.0)
    kept = [
        np.mean(random.lognormal(0, 0.3, 4000) >= decide(random.lognormal(0, 0.3, 60).tolist(), budget).value) <= 0.05
        for _ in range(200)
    ]
    assert np.mean(kept) >= 0.92


@pytest.mark.parametrize(("alarms", "normals", "bound"), [(0, 59, 0.0495), (1, 100, 0.0466), (5, 5, 1.0)])
def test_known_bounds(alarms: int, normals: int, bound: float) -> None:
    assert rate_bound(alarms, normals, 0.95) == pytest.approx(bound, abs=2e-4)


def test_a_known_tolerance_factor() -> None:
    assert tolerance_factor(43, 0.1, 0.99) == pytest.approx(1.8752, abs=2e-3)  # the handbook's own example


def test_a_proven_budget_is_kept_whatever_the_scores_are_like() -> None:
    random = np.random.default_rng(2)
    budget = Budget(false_alarms_per_hour=0.05 * 3600, proven=True)

    def two_kinds(count: int) -> list[float]:
        """One picture in fifty is far off, which no smooth model foresees."""
        odd = random.random(count) < 0.02
        return list(np.where(odd, random.lognormal(3, 1, count), random.lognormal(0, 0.1, count)))

    kept = [
        np.mean(np.array(two_kinds(4000)) >= decide(two_kinds(budget.normals_needed), budget).value) <= 0.05
        for _ in range(200)
    ]
    assert np.mean(kept) >= 0.92


@pytest.mark.parametrize("scores", [[1.0] * 10, [1.0, 2.0], [1.0] * 9 + [float("nan")]])
def test_scores_that_set_no_threshold(scores: list[float]) -> None:
    with pytest.raises(PromiseError):
        decide(scores, Budget())
