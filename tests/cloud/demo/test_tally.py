from hypothesis import given
from hypothesis import strategies as st

from linewatch.cloud.demo.showing import Showing
from linewatch.cloud.demo.tally import Alarm, tally

LINE = [
    Showing(first=0, last=9),
    Showing(first=10, last=19, defect="scratch"),
    Showing(first=20, last=29),
    Showing(first=30, last=39, defect="hole"),
]


def test_found_missed_and_false() -> None:
    counts = tally(LINE, [Alarm(first=12, last=18, peak=15), Alarm(first=2, last=4, peak=3)])
    assert (counts.defective, counts.found, counts.good, counts.false_alarms) == (2, 1, 2, 1)
    assert counts.miss_rate == 0.5
    assert counts.missed == (LINE[3],)
    assert counts.false_alarm_rate == 0.5


def test_an_event_that_outlasts_its_part_is_no_false_alarm() -> None:
    counts = tally(LINE, [Alarm(first=12, last=24, peak=15)])
    assert (counts.found, counts.false_alarms) == (1, 0)


def test_an_event_over_two_defective_parts_finds_both_and_accuses_the_good_one_between() -> None:
    counts = tally(LINE, [Alarm(first=15, last=33, peak=31)])
    assert (counts.found, counts.false_alarms) == (2, 1)


def test_one_event_over_everything_is_no_success() -> None:
    counts = tally(LINE, [Alarm(first=0, last=39, peak=15)])
    assert (counts.found, counts.false_alarm_rate) == (2, 1.0)


def test_nothing_shown_is_nothing_missed() -> None:
    assert tally([], []).miss_rate == 0.0
    assert tally([], []).false_alarm_rate == 0.0


@given(st.lists(st.tuples(st.integers(0, 45), st.integers(0, 20))))
def test_counts_never_exceed_the_parts(spans: list[tuple[int, int]]) -> None:
    counts = tally(LINE, [Alarm(first=first, last=first + more, peak=first) for first, more in spans])
    assert counts.found + len(counts.missed) == counts.defective
    assert 0 <= counts.false_alarms <= counts.good
