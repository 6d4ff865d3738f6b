import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor import clock
from linewatch.edge.doctor.clock import is_synchronized, look_at_clock
from linewatch.edge.doctor.finding import Finding, Level


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    yield monkeypatch
    monkeypatch.undo()
    time.tzset()


def looked_at(**camera: object) -> dict[str, Finding]:
    table = {"cameras": [{"name": "c", "source": "simulated:", **camera}]}
    return {one.what: one for one in look_at_clock(EdgeSettings.model_validate(table, strict=False))}


def test_the_kernel_is_asked_whether_the_clock_is_kept_right() -> None:
    assert is_synchronized() in (True, False, None)


def test_a_clock_that_nothing_keeps_right_is_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "is_synchronized", lambda: False)
    assert looked_at()["clock"].level is Level.DOUBT
    monkeypatch.setattr(clock, "is_synchronized", lambda: True)
    found = looked_at()["clock"]
    assert (found.level, "time service" in found.is_) == (Level.WELL, True)


def test_a_clock_that_was_never_set_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    class Reset(datetime):
        @classmethod
        def now(cls, tz: object = None) -> "Reset":
            return cls.fromtimestamp(86_400, tz)  # type: ignore[arg-type]

    monkeypatch.setattr(clock, "datetime", Reset)
    found = looked_at()["clock"]
    assert (found.level, "1970-01-02" in found.is_) == (Level.FAULT, True)


def test_schedules_are_read_in_the_zone_of_the_device(zone: pytest.MonkeyPatch) -> None:
    zone.setenv("TZ", "UTC")
    time.tzset()
    assert looked_at()["time zone"].level is Level.WELL
    found = looked_at(schedule=["mon-fri 06:00-22:00"])["time zone"]
    assert (found.level, "schedules of c" in found.is_) == (Level.DOUBT, True)
    zone.setenv("TZ", "<-0330>+03:30")
    time.tzset()
    found = looked_at(schedule=["mon-fri 06:00-22:00"])["time zone"]
    assert (found.level, found.is_) == (Level.WELL, "is -0330 (UTC-0330)")
