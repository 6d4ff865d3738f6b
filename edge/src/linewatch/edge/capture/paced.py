"""Plays a recorded source at the pace of a live camera."""

import threading
import time

from linewatch.edge.capture.picture import Pixels
from linewatch.edge.capture.source import FrameSource, about


class Paced:
    """Delivers the frames of `source` no faster than `fps`."""

    def __init__(self, source: FrameSource, fps: float, stop: threading.Event) -> None:
        """Pace `source`; `stop` ends a wait early."""
        self.fps: float | None = fps
        self.about = about(source)
        self._source = source
        self._period_s = 1.0 / fps
        self._stop = stop
        self._due_s = time.monotonic()

    def read(self) -> Pixels | None:
        """The next frame, when its time has come; see `FrameSource.read`."""
        pixels = self._source.read()
        wait_s = self._due_s - time.monotonic()
        if wait_s > 0:
            self._stop.wait(wait_s)
        # A late frame does not hurry the next ones: the camera it plays would not either.
        self._due_s = max(self._due_s, time.monotonic() - self._period_s) + self._period_s
        return pixels

    def close(self) -> None:
        """Close the recorded source."""
        self._source.close()
