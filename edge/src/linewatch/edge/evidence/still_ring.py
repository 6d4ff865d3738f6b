"""The last seconds of a camera as small JPEGs, in bounded memory."""

from collections import deque

import cv2

from linewatch.edge.capture.frame import Frame
from linewatch.edge.evidence.still import Still

_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 75]


class StillRing:
    """Keeps stills of at most so many seconds and bytes; the oldest go first."""

    def __init__(self, *, fps: float, width: int, seconds: float, max_bytes: int) -> None:
        """Take `fps` stills a second, whose longer side has at most `width` pixels."""
        self._period_s = 1 / fps
        self._width = width
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._stills: deque[Still] = deque()
        self._bytes = 0
        self._next_s = float("-inf")

    def see(self, frame: Frame) -> None:
        """Take `frame` if the next still is due: alone then is it shrunk and encoded."""
        if frame.clock_s < self._next_s:
            return
        # In step with the clock, so that still follows still evenly, unless frames come more seldom.
        self._next_s = max(self._next_s + self._period_s, frame.clock_s + self._period_s / 2)
        still = Still(frame.clock_s, self._encode(frame))
        self._stills.append(still)
        self._bytes += len(still.jpeg)
        while self._stills and self._is_too_much(still.clock_s):
            self._bytes -= len(self._stills.popleft().jpeg)

    def _is_too_much(self, now_s: float) -> bool:
        return self._bytes > self._max_bytes or now_s - self._stills[0].clock_s > self._seconds

    def cut(self, start_s: float, end_s: float) -> tuple[Still, ...]:
        """What is kept of the time from `start_s` to `end_s`, both inclusive."""
        return tuple(still for still in self._stills if start_s <= still.clock_s <= end_s)

    @property
    def held_bytes(self) -> int:
        """Bytes of JPEG that are kept."""
        return self._bytes

    def _encode(self, frame: Frame) -> bytes:
        picture = frame.picture
        shrink = min(1.0, self._width / max(picture.width, picture.height))
        small = picture.scaled(max(1, round(picture.height * shrink)), max(1, round(picture.width * shrink)))
        if frame.mask is not None:
            small = small.copy()
            frame.mask.paint(small)  # what is not to be looked at is not shown either
        return cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), _JPEG)[1].tobytes()
