"""Ages are right where the clocks are, and too small rather than too large where they are not."""

from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.spool.age_clock import AgeClock

SET = 1_790_000_000.0
_seconds = st.floats(0.0, 1e7)


@given(at_s=_seconds, told=st.floats(0.0, 2e9), wall=st.floats(0.0, 2e9), ran=_seconds)
def test_it_never_runs_backwards_and_never_faster_than_the_wall(
    at_s: float, told: float, wall: float, ran: float
) -> None:
    clock = AgeClock(at_s=at_s, wall_s=wall, told_wall_s=told, monotonic_s=50.0)
    passed = clock.now_s(50.0 + ran) - at_s
    assert ran - 1e-3 <= passed <= ran + max(0.0, wall - told) + 1e-3


def test_time_switched_off_counts() -> None:
    assert AgeClock(at_s=10.0, wall_s=SET + 60, told_wall_s=SET, monotonic_s=0.0).now_s(5.0) == 75.0


def test_a_clock_that_was_never_set_or_turned_back_counts_nothing() -> None:
    assert AgeClock(at_s=10.0, wall_s=SET, told_wall_s=30.0, monotonic_s=0.0).now_s(0.0) == 10.0
    assert AgeClock(at_s=10.0, wall_s=30.0, told_wall_s=SET, monotonic_s=0.0).now_s(0.0) == 10.0
