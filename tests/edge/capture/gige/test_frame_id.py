import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.capture.gige.frame_id import lost_between


def after_short(number: int, steps: int) -> int:
    return (number - 1 + steps) % 65535 + 1


@given(st.integers(1, 65535), st.integers(0, 65_000))
def test_short_numbers_go_round_and_leave_zero_out(before: int, lost: int) -> None:
    assert lost_between(before, after_short(before, lost + 1)) == lost


@given(st.integers(0, 2**63), st.integers(0, 10**6))
def test_long_numbers_do_not(before: int, lost: int) -> None:
    assert lost_between(before, before + lost + 1) == lost


@pytest.mark.parametrize(("before", "now"), [(0, 0), (5, 5), (70_000, 69_999), (2**40, 1)])
def test_numbers_that_stand_or_go_back_say_nothing(before: int, now: int) -> None:
    assert lost_between(before, now) == 0
