from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.compiler.bundle.threshold import Budget, check_promise, decide, future_rate_bound
from linewatch.compiler.errors import ScoresUnusable, Unproven, WrongUse
from linewatch.protos.promise import rate_bound


@pytest.mark.parametrize("scores", [[1.0] * 10, [1.0, 2.0], [1.0] * 9 + [float("nan")]])
def test_scores_that_set_no_threshold(scores: list[float]) -> None:
    with pytest.raises(ScoresUnusable):
        decide(scores, Budget())


@pytest.mark.parametrize(("alarms", "rate"), [(0.0, 1.0), (7200.0, 1.0), (1.0, 0.0), (1.0, float("inf"))])
def test_budgets_that_promise_nothing(alarms: float, rate: float) -> None:
    with pytest.raises(WrongUse):
        Budget(false_alarms_per_hour=alarms, frames_per_second=rate)


@given(st.floats(0.001, 0.5), st.floats(0.5, 0.999))
def test_just_enough_normals_prove_the_rate(rate: float, confidence: float) -> None:
    budget = Budget(false_alarms_per_hour=3600 * rate, confidence=confidence, proven=True)
    needed = budget.normals_needed
    assert rate_bound(0, needed, confidence) <= rate * (1 + 1e-9)
    check_promise(needed, budget)
    if needed > 1:
        assert rate_bound(0, needed - 1, confidence) > rate * (1 - 1e-9)
        with pytest.raises(Unproven, match=f"{needed} are needed"):
            check_promise(needed - 1, budget)


@pytest.mark.parametrize("future", [20, 60, 400])
def test_the_next_pictures_keep_their_bound(future: int) -> None:
    random = np.random.default_rng(3)
    bound = future_rate_bound(1, 60, future, 0.95)
    shares = []
    for _ in range(2000):
        seen, coming = random.standard_cauchy(60), random.standard_cauchy(future)
        shares.append(np.mean(coming >= np.sort(seen)[-1]))
    tight = future_rate_bound(0, 60, future, 0.95)
    assert np.mean(np.array(shares) <= tight) >= 0.945
    assert bound >= tight >= rate_bound(0, 60, 0.95) * 0.9


def test_far_ahead_the_bound_of_the_next_pictures_is_that_of_the_rate() -> None:
    assert future_rate_bound(2, 80, 20_000, 0.95) == pytest.approx(rate_bound(2, 80, 0.95), abs=1e-3)


def _lognormal(random: np.random.Generator, count: int) -> np.ndarray:
    return random.lognormal(0, 0.3, count)


def _heavy_tailed(random: np.random.Generator, count: int) -> np.ndarray:
    return 1 + random.pareto(1.0, count)


def _two_kinds(random: np.random.Generator, count: int) -> np.ndarray:
    return np.where(random.random(count) < 0.03, random.lognormal(2, 0.3, count), random.lognormal(0, 0.1, count))


@pytest.mark.parametrize("draw", [_lognormal, _heavy_tailed, _two_kinds])
@pytest.mark.parametrize(("pool", "rate"), [(29, 0.01), (169, 0.01), (400, 0.01), (400, 0.05)])
def test_random_splits_keep_the_bound_whatever_the_scores_are_like(
    draw: Callable[[np.random.Generator, int], np.ndarray], pool: int, rate: float
) -> None:
    random, budget, half = np.random.default_rng(4), Budget(false_alarms_per_hour=3600 * rate), pool // 2
    scores, kept = draw(random, pool), 0
    for _ in range(400):
        mixed = random.permutation(scores)
        decision = decide(mixed[:half].tolist(), budget)
        bound = future_rate_bound(decision.allowed, half, pool - half, budget.confidence)
        kept += float(np.mean(mixed[half:] >= decision.value)) <= bound
    assert kept >= 0.95 * 400 - 9  # two deviations of 400 throws that fail one time in twenty
