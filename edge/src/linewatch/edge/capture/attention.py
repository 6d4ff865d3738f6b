"""Which frames of a camera are judged."""

from enum import StrEnum

from structlog.typing import FilteringBoundLogger

from linewatch.edge.capture.parts import AsTold, Parts
from linewatch.edge.capture.schedule import Schedule
from linewatch.edge.capture.stream import Shot


class Unwatched(StrEnum):
    """Why a frame is taken and not judged."""

    SCHEDULE = "schedule"
    UNTRIGGERED = "untriggered"


class Attention:
    """Watches the clock and the triggers of one camera. Of its thread."""

    def __init__(self, schedule: Schedule | None = None, parts: Parts | None = None) -> None:
        """Judge at the times of `schedule`, always without one; `parts` says which frames show a part."""
        self._schedule = schedule
        self._parts = parts or AsTold()
        self._was_on = True

    def open(self, log: FilteringBoundLogger) -> None:
        """Begin, or go on; see `Parts.open`."""
        self._parts.open(log)

    def look_at(self, shot: Shot) -> int | Unwatched:
        """The part that a frame shows, 0 for none, or why it is not judged."""
        part = self._parts.part_of(shot)  # asked of every frame, so that no trigger waits for a later one
        if not self._is_on():
            return Unwatched.SCHEDULE
        return Unwatched.UNTRIGGERED if part is None else part

    def skip(self, frames: int) -> None:
        """So many frames were lost before the next one."""
        self._parts.skip(frames)

    def take_missed(self) -> list[int]:
        """Parts that passed without a frame while the camera is judged; see `Parts.take_missed`."""
        missed = self._parts.take_missed()
        return missed if self._is_on() else []

    def ends_now(self) -> bool:
        """Whether the time at which the camera is judged has ended since this was asked last."""
        is_on = self._is_on()
        ended = self._was_on and not is_on
        self._was_on = is_on
        return ended

    def close(self) -> None:
        """End."""
        self._parts.close()

    def _is_on(self) -> bool:
        return self._schedule is None or self._schedule.is_on()
