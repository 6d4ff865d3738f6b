"""How the scores of a camera went."""

from collections import deque
from dataclasses import dataclass

SECONDS = 120
"""How far a curve goes back, in steps of a second."""


@dataclass(slots=True)
class Second:
    """The highest score of one second, as a share of its threshold; `at` counts seconds of the monotonic clock."""

    at: int
    highest: float


class Curve:
    """The last two minutes. One thread at a time adds; any may read."""

    def __init__(self) -> None:
        """Empty."""
        self._seconds: deque[Second] = deque(maxlen=SECONDS)

    def add(self, clock_s: float, share: float) -> None:
        """A frame that was captured at `clock_s` has a score of `share` thresholds."""
        at = int(clock_s)
        last = self._seconds[-1] if self._seconds else None
        if last is None or at > last.at:
            self._seconds.append(Second(at, share))
        elif at == last.at and share > last.highest:
            last.highest = share

    def points(self, clock_s: float) -> list[tuple[int, float]]:
        """Seconds ago and highest share of the threshold, the oldest first."""
        now = int(clock_s)
        return [(now - one.at, one.highest) for one in tuple(self._seconds) if now - one.at < SECONDS]
