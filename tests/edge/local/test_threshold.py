import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.errors import TeachingRefused
from linewatch.edge.local.threshold import Known, calibrate, independent
from linewatch.protos.promise import Budget

KNOWN = Known(value=1.0, defects=(2.5, 3.0))


def scores(count: int, seed: int = 0) -> list[float]:
    return [float(score) for score in np.random.default_rng(seed).lognormal(-0.5, 0.15, count)]


@given(st.integers(8, 300), st.floats(0.002, 0.3), st.integers(0, 5))
def test_the_frames_themselves_keep_the_budget(count: int, rate: float, seed: int) -> None:
    taken = scores(count, seed)
    found = calibrate(taken, float(count), Budget(false_alarms_per_hour=3600 * rate), KNOWN).taught
    assert sum(score >= found.threshold for score in taken) <= rate * count + 1e-9
    assert found.before == 1.0
    assert (found.rate_bound <= rate) == (found.method == "order")


def test_enough_frames_prove_the_budget_and_few_are_told_of() -> None:
    proven = calibrate(scores(400), 400.0, Budget(), KNOWN)
    assert proven.taught.method == "order"
    assert proven.warnings == ()
    assert proven.told[0].startswith("400 frames;")
    few = calibrate(scores(40), 40.0, Budget(), KNOWN)
    assert few.taught.method == "tail"
    assert "299 independent ones, these are 40" in few.warnings[0]


def test_frames_that_resemble_each_other_prove_as_much_as_few() -> None:
    alike = [score for score in scores(40) for _ in range(10)]
    worth = independent(alike)
    assert 20 <= worth <= 60
    found = calibrate(alike, worth, Budget(), KNOWN)
    assert found.taught.method == "tail"
    assert found.taught.rate_bound > 0.03
    assert found.taught.threshold > max(alike)
    assert "independent" in found.told[0]


@given(st.integers(2, 2000))
def test_independent_frames_count_as_about_as_many(count: int) -> None:
    found = independent(scores(count))
    assert 0 < found <= count
    assert count < 100 or found > 0.6 * count
    assert independent([0.5] * count) == 1.0


@pytest.mark.parametrize(
    "taken", [[], [0.5] * 50, scores(7), [*scores(20), float("nan")], [-score for score in scores(20)]]
)
def test_scores_that_prove_nothing_are_refused(taken: list[float]) -> None:
    with pytest.raises(TeachingRefused):
        calibrate(taken, float(max(len(taken), 1)), Budget(), KNOWN)


def test_too_few_frames_are_counted_once_and_what_helps_is_said() -> None:
    with pytest.raises(TeachingRefused) as caught:
        calibrate(scores(20), 6.0, Budget(), KNOWN)
    assert str(caught.value) == (
        "the 20 different frames resemble each other so much that they count as 7, and a threshold takes at least 8: "
        "take in frames for longer, best while many different parts pass"
    )
    with pytest.raises(TeachingRefused, match="the 1 different frame is too few, and a threshold takes at least 8: "):
        calibrate(scores(1), 1.0, Budget(), KNOWN)


def test_what_would_pass_known_defects_is_told_or_refused() -> None:
    strange = [5 * score for score in scores(60)]
    with pytest.raises(TeachingRefused, match="not all normal"):
        calibrate(strange, 60.0, Budget(), KNOWN)
    some = calibrate(strange, 60.0, Budget(), Known(value=1.0, defects=(1.5, 90.0)))
    assert "1 of 2 defects" in some.warnings[-1]
    assert calibrate(strange, 60.0, Budget(), Known(value=1.0, defects=())).taught.threshold > 3
