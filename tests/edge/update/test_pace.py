"""A bundle is refused only where it cannot keep up and the one before could, on a busy device too."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.tiny_bundle import grey_frame
from linewatch.edge.errors import TooSlow
from linewatch.edge.update.pace import Need, Pace, check_pace, measure_pace

FRAMES = [grey_frame()]
NEED = Need(frames_per_second=200, cores=2)


def pace(old: float | None, new: float) -> Pace:
    return Pace(old_ms=old, new_ms=new, new_median_ms=new, new_p99_ms=new)


def refused(one: Pace, need: Need) -> str:
    try:
        check_pace(one, need)
    except TooSlow as error:
        return str(error)
    return ""


def test_one_that_cannot_keep_up_is_refused_with_the_figures() -> None:
    said = refused(pace(4.0, 12.0), NEED)
    for figure in ("12.0 ms", "4.0 ms", "200 frames/s", "2 cores", "167"):
        assert figure in said


def test_what_its_maker_measured_is_told_beside_it() -> None:
    need = Need(frames_per_second=200, cores=2, promised_ms=2.7)
    assert "took 2.7 ms where it was compiled" in refused(pace(4.0, 12.0), need)


def test_one_that_keeps_up_is_taken_even_if_it_is_slower() -> None:
    assert not refused(pace(4.0, 9.9), NEED)


def test_where_the_one_before_does_not_keep_up_either_nothing_is_demanded() -> None:
    assert not refused(pace(15.0, 30.0), Need(frames_per_second=200, cores=2, skipping=True))


def test_a_limit_of_the_operator_holds_alone() -> None:
    assert "max_latency_ms allows 5 ms" in refused(
        pace(None, 6.0), Need(frames_per_second=0, cores=2, max_latency_ms=5)
    )
    assert not refused(pace(None, 4.0), Need(frames_per_second=0, cores=2, max_latency_ms=5))
    assert not refused(pace(None, 400.0), NEED)


@given(old=st.floats(0.1, 10.0), ratio=st.floats(0.1, 10.0), load=st.floats(1.0, 20.0), rate=st.floats(1.0, 200.0))
def test_other_work_on_the_device_condemns_nothing_that_keeps_up(
    old: float, ratio: float, load: float, rate: float
) -> None:
    """What slows both alike makes a sound bundle look no worse: as slow as the one before is never too slow."""
    need = Need(frames_per_second=rate, cores=2)
    if refused(pace(old * load, old * load * ratio), need):
        assert ratio > 1.1
        assert ratio * max(1.0, old * load * rate / 2000) > 1


def test_both_are_timed_on_the_same_frames_in_turn() -> None:
    calls: list[str] = []

    def slow(_: object) -> None:
        calls.append("old")
        time.sleep(0.002)

    def fast(_: object) -> None:
        calls.append("new")

    found = measure_pace(slow, fast, FRAMES)
    assert found.old_ms is not None
    assert found.old_ms >= 2 > found.new_ms
    assert calls.count("old") == calls.count("new")
    assert {tuple(calls[at : at + 2]) for at in range(0, len(calls), 2)} == {("old", "new"), ("new", "old")}


def test_timing_ends_when_its_time_is_used_up() -> None:
    begun = time.monotonic()
    found = measure_pace(None, lambda _: time.sleep(0.05), FRAMES, budget_s=0.1)
    assert time.monotonic() - begun < 5
    assert found.old_ms is None
    assert found.new_ms == pytest.approx(found.new_median_ms, rel=0.5)
