import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.capture.schedule import Schedule
from linewatch.edge.capture.settings import CameraSettings
from linewatch.edge.errors import ConfigurationError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES = st.integers(0, 24 * 60 - 1)
MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 4, 5, 6


def told(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def test_working_days() -> None:
    schedule = Schedule(["mon-fri 06:00-22:00", "sat 06:00-14:00"])
    assert schedule.holds(MONDAY, 6, 0)
    assert not schedule.holds(MONDAY, 5, 59)
    assert schedule.holds(FRIDAY, 21, 59)
    assert not schedule.holds(FRIDAY, 22, 0)
    assert not schedule.holds(SATURDAY, 14, 0)
    assert not schedule.holds(SUNDAY, 12, 0)


def test_over_midnight_belongs_to_the_day_it_begins_at() -> None:
    schedule = Schedule(["sun 22:00-06:00"])
    assert schedule.holds(SUNDAY, 23, 0)
    assert schedule.holds(MONDAY, 5, 59)
    assert not schedule.holds(MONDAY, 6, 0)
    assert not schedule.holds(SUNDAY, 5, 0)


@pytest.mark.parametrize("line", ["daily 00:00-24:00", "mon-sun 0:00 - 24:00", "fri-thu 00:00-24:00"])
def test_whole_days(line: str) -> None:
    schedule = Schedule([line])
    assert all(schedule.holds(day, hour, minute) for day in range(7) for hour in range(24) for minute in (0, 59))


@given(st.integers(0, 6), MINUTES, MINUTES, st.integers(0, 7 * 24 * 60 - 1))
def test_every_minute_of_the_week_is_in_or_out(day: int, begin: int, end: int, moment: int) -> None:
    if begin == end:
        return
    schedule = Schedule([f"{DAYS[day]} {told(begin)}-{told(end)}"])
    first = day * 1440 + begin
    last = day * 1440 + end + (1440 if end < begin else 0)
    inside = first <= moment < last or first <= moment + 7 * 1440 < last
    assert schedule.holds(moment // 1440, moment % 1440 // 60, moment % 60) == inside


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "no time of the week"),
        ("mon-fri", "no time of the week"),
        ("mon 6-22", "no time of the week"),
        ("mon 06:00-25:00", "no clock shows"),
        ("mon 24:00-06:00", "no clock shows"),
        ("mon 06:60-07:00", "no clock shows"),
        ("mon 06:00-06:00", "begins when it ends"),
        ("monday 06:00-07:00", "nobody knows"),
        ("mon-tue-wed 06:00-07:00", "nobody knows"),
    ],
)
def test_what_is_no_time_is_refused_with_an_example(line: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"{said}.*00:00|{said}.*mon-fri"):
        Schedule([line])
    with pytest.raises(ValueError, match=f"schedule\n.*{said}"):
        CameraSettings(name="c", source="simulated:", schedule=(line,))


@pytest.fixture
def central_europe(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def minutes_on(schedule_line: str, day: datetime) -> int:
    """Minutes of a day and the night before and after it at which a camera is judged."""
    moments = [(day + timedelta(minutes=minute)).timestamp() for minute in range(-600, 1440 + 600)]
    clock = iter(moments)
    schedule = Schedule([schedule_line], clock=lambda: next(clock))
    return sum(schedule.is_on() for _ in moments)


@pytest.mark.usefixtures("central_europe")
def test_when_clocks_change_the_clock_on_the_wall_counts() -> None:
    lost, doubled = datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)
    usual = datetime(2026, 6, 20, 22, tzinfo=UTC)
    assert minutes_on("sun 02:00-03:00", usual) == 60
    assert minutes_on("sun 02:00-03:00", lost) == 0
    assert minutes_on("sun 02:00-03:00", doubled) == 120
    assert minutes_on("sat 22:00-06:00", lost) == 7 * 60
    assert minutes_on("sat 22:00-06:00", doubled) == 9 * 60


@pytest.mark.usefixtures("central_europe")
def test_a_clock_that_jumps_is_believed() -> None:
    friday, saturday = datetime(2026, 6, 19, 10, tzinfo=UTC), datetime(2026, 6, 20, 10, tzinfo=UTC)
    shown = iter([friday, saturday, friday, datetime(1970, 1, 1, tzinfo=UTC)])
    schedule = Schedule(["fri 08:00-18:00"], clock=lambda: next(shown).timestamp())
    assert [schedule.is_on() for _ in range(4)] == [True, False, True, False]
