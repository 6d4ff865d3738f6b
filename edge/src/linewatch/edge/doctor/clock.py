"""Whether the time is right: events, schedules and certificates hang on it."""

import ctypes
from collections.abc import Iterator
from datetime import UTC, datetime

from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.finding import Finding, doubt, fault, well

_BUILT = datetime(2026, 11, 1, tzinfo=UTC)
"""No agent that can look is older."""
_UNSYNCHRONIZED = 5
_TIMEX_BYTES = 256


def look_at_clock(settings: EdgeSettings) -> Iterator[Finding]:
    """Findings about the clock and the time zone."""
    now = datetime.now(UTC)
    if now < _BUILT:
        yield fault(
            "clock",
            f"says {now:%Y-%m-%d %H:%M} UTC, before this agent was made: certificates and signatures are refused",
            "set it, and let a time service (systemd-timesyncd, chrony) keep it",
        )
    elif (synchronized := is_synchronized()) is False:
        yield doubt(
            "clock",
            f"says {now:%Y-%m-%d %H:%M} UTC, and nothing keeps it right",
            "let a time service (systemd-timesyncd, chrony) keep it: times of events are those of this clock",
        )
    else:
        kept = ", kept right by a time service" if synchronized else ""
        yield well("clock", f"says {now:%Y-%m-%d %H:%M} UTC{kept}")
    yield from _look_at_zone(settings)


def is_synchronized() -> bool | None:
    """Whether the kernel says that something keeps the clock right (adjtimex(2)); None where it does not say."""
    buffer = ctypes.create_string_buffer(_TIMEX_BYTES)  # struct timex with no modes: only asks
    try:
        state = int(ctypes.CDLL(None, use_errno=True).adjtimex(buffer))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != _UNSYNCHRONIZED


def _look_at_zone(settings: EdgeSettings) -> Iterator[Finding]:
    local = datetime.now().astimezone()
    name = f"{local:%Z} (UTC{local:%z})"
    scheduled = [camera.name for camera in settings.cameras if camera.schedule is not None]
    if scheduled and not local.utcoffset():
        is_ = f"is {name}, and the schedules of {', '.join(scheduled)} are read in it"
        yield doubt("time zone", is_, "if the plant has another one, set it: timedatectl set-timezone Europe/Berlin")
    else:
        yield well("time zone", f"is {name}")
