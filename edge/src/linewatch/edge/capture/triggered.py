"""Which frames show which part, when something on the line says that a part is there: a rule without I/O."""

import threading
from collections import deque
from dataclasses import dataclass

from linewatch.edge.capture.isolation.message import MOST_PARTS

LATE_S = 2.0
_MOST_WAITING = 1000
"""Parts that may wait for a frame; a camera that shows none must not fill the memory."""


@dataclass(frozen=True, slots=True)
class _Due:
    part: int
    clock_s: float


class Triggered:
    """Gives the first frames that are captured after a trigger the number of its part. Parts do not share frames.

    Triggers come from one thread and frames from another.
    """

    def __init__(self, frames: int, delay_s: float, late_s: float = LATE_S) -> None:
        """Begin without a part.

        Args:
            frames: how many show a part; fewer where the next part is there before.
            delay_s: seconds from the trigger until the part is before the camera.
            late_s: a frame that comes so many seconds later, or after the one before, shows something else.
        """
        self._frames = frames
        self._delay_s = delay_s
        self._late_s = late_s
        self._seen_s = 0.0
        self._lock = threading.Lock()
        self._waiting: deque[_Due] = deque()
        self._last = 0
        self._current = 0
        self._left = 0
        self._crowded: list[int] = []
        self._missed: list[int] = []

    def trigger(self, clock_s: float, part: int | None = None) -> None:
        """A part was seen at `clock_s`, monotonic; without a number it gets the one after the last."""
        with self._lock:
            self._last = part or self._last % MOST_PARTS + 1
            self._waiting.append(_Due(self._last, clock_s + self._delay_s))
            if len(self._waiting) > _MOST_WAITING:
                self._crowded.append(self._waiting.popleft().part)

    def part_of(self, clock_s: float) -> int | None:
        """The part that a frame captured at `clock_s` shows; None for none."""
        with self._lock:
            self._pass_crowded()
            while self._waiting and self._waiting[0].clock_s <= clock_s:
                if self._left == self._frames:
                    self._missed.append(self._current)
                due = self._waiting.popleft()
                self._current, self._left, self._seen_s = due.part, self._frames, due.clock_s
            if clock_s - self._seen_s > self._late_s:
                self._give_up()
            if self._left == 0:
                return None
            self._left -= 1
            self._seen_s = clock_s
            return self._current

    def blind(self) -> None:
        """The camera saw nothing until now: the parts that were before it meanwhile are missed."""
        with self._lock:
            self._give_up()
            self._pass_crowded()
            self._missed += [due.part for due in self._waiting]
            self._waiting.clear()

    def _give_up(self) -> None:
        if self._left == self._frames:
            self._missed.append(self._current)
        self._left = 0

    def _pass_crowded(self) -> None:
        """Of the frames' thread: what passed is told between two frames, lest it come before one of an earlier part."""
        if self._crowded:
            self._give_up()
            self._missed += self._crowded
            self._crowded = []

    def take_missed(self) -> list[int]:
        """Parts that passed without a single frame, since this was asked last."""
        with self._lock:
            missed, self._missed = self._missed, []
            return missed
