"""Complains of something that goes on failing: at once, then ever more seldom, and once when it is over."""

import time
from collections.abc import Callable

_FIRST_PAUSE_S = 60.0
_LONGEST_PAUSE_S = 3600.0


class Complaint:
    """Not to be used by several threads at the same time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing fails yet; `clock` gives seconds that only go on."""
        self.times = 0
        """How often it failed since it last worked."""
        self._clock = clock
        self._pause_s = _FIRST_PAUSE_S
        self._due_s = 0.0

    def fails(self) -> bool:
        """It failed; says whether it is time to tell of it."""
        self.times += 1
        now_s = self._clock()
        if self.times > 1 and now_s < self._due_s:
            return False
        self._pause_s = _FIRST_PAUSE_S if self.times == 1 else min(2 * self._pause_s, _LONGEST_PAUSE_S)
        self._due_s = now_s + self._pause_s
        return True

    def works(self) -> int:
        """It worked; says how often it had failed before: 0 where there is nothing to tell."""
        failed, self.times = self.times, 0
        return failed
