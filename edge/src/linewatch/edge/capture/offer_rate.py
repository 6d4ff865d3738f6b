"""How many frames a second a camera offers to be judged, of late."""

import time
from collections import deque
from collections.abc import Callable

WINDOW_S = 60.0
"""Long enough for a line that brings few parts, short enough to forget how the camera was before."""
_BIN_S = 1.0


class OfferRate:
    """Counted on the camera's thread, asked on any."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing was offered yet; `clock` gives seconds that only go on."""
        self._clock = clock
        self._opened_s = 0.0
        self._bins: deque[tuple[float, int]] = deque(maxlen=int(WINDOW_S / _BIN_S) + 1)

    def opened(self) -> None:
        """The camera begins to deliver: what it did before it was away does not count."""
        self._bins.clear()
        self._opened_s = self._clock()

    def add(self, frames: int = 1) -> None:
        """So many frames were offered now."""
        now_s = self._clock()
        if self._bins and now_s - self._bins[-1][0] < _BIN_S:
            begun_s, before = self._bins[-1]
            self._bins[-1] = (begun_s, before + frames)
        else:
            self._bins.append((now_s, frames))

    def per_second(self) -> float:
        """Frames a second since the camera opened, over a minute at most."""
        now_s = self._clock()
        offered = sum(frames for begun_s, frames in self._bins.copy() if now_s - begun_s < WINDOW_S)
        return offered / min(max(now_s - self._opened_s, 1.0), WINDOW_S)
