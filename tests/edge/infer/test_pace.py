from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.infer.pace import Pace

SECONDS = st.floats(1e-4, 1.0)


def test_before_anything_is_known_frames_are_judged_alone() -> None:
    assert Pace().largest(8, 10.0, 0.0) == 1


@given(SECONDS, st.integers(1, 16), SECONDS, SECONDS)
def test_a_batch_is_done_within_the_budget_wherever_one_frame_would_be(
    alone: float, limit: int, budget: float, waited: float
) -> None:
    pace = Pace()
    pace.took(1, alone)
    count = pace.largest(limit, budget, waited)
    assert 1 <= count <= limit
    if waited + alone <= budget:
        assert waited + alone * count <= budget * (1 + 1e-9)
        assert count == limit or waited + alone * (count + 1) > budget * (1 - 1e-9)


@given(SECONDS, st.integers(1, 16), SECONDS)
def test_whoever_is_behind_takes_as_many_as_a_fresh_batch_would(alone: float, limit: int, budget: float) -> None:
    pace = Pace()
    pace.took(1, alone)
    assert pace.largest(limit, budget, 2 * budget) == pace.largest(limit, budget, 0.0)


def test_batches_grow_when_they_prove_to_be_fast() -> None:
    pace = Pace()
    pace.took(1, 0.003)
    assert pace.largest(16, 0.010, 0.0) == 3
    pace.took(3, 0.0033)
    assert pace.largest(16, 0.010, 0.0) == 9
    pace.took(9, 0.0042)
    assert pace.largest(16, 0.010, 0.0) == 16


def test_what_was_measured_fades_slowly() -> None:
    pace = Pace()
    pace.took(1, 0.010)
    pace.took(1, 0.020)
    assert 0.010 < (pace.expected_s(1) or 0.0) < 0.012
