"""Where viewers get the newest judged frame of a camera from."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.capture.picture import Picture
from linewatch.edge.infer.verdict import Judged, Verdict
from linewatch.edge.page.curve import Curve

_SHOWN_SIDE = 960
"""A frame is thinned out to less than twice as many pixels a side before it is kept."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Shown:
    """A judged frame to be looked at: `pixels` are thinned out, uint8[h, w, 3] RGB, in memory of their own."""

    number: int
    time_unix_ns: int
    kept_s: float
    pixels: UInt8Array
    verdict: Verdict


class Tap:
    """Keeps a frame when somebody waits for one, and at no other time: without viewers it costs a comparison a frame.

    `live_fps` is the most that all viewers together make it keep. Safe from any thread.
    """

    def __init__(self, live_fps: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Closed until somebody looks."""
        self.curve = Curve()
        self._pause_s = 1 / live_fps
        self._clock = clock
        self._wanted = False
        self._newest: Shown | None = None
        self._odd_wanted = False
        self._odd: Judged | None = None
        self._taking = threading.Lock()
        self._changed = threading.Condition()

    def offer(self, judged: Judged) -> None:
        """A frame was judged; from the workers' threads, one after the other for each camera."""
        verdict = judged.verdict
        share = verdict.score / verdict.threshold if verdict.threshold > 0 else verdict.score
        self.curve.add(judged.frame.clock_s, share)
        if self._odd_wanted and verdict.anomalous:
            self._keep_odd(judged)
        if not self._wanted:
            return
        self._wanted = False
        shown = self._keep(judged)
        with self._changed:
            self._newest = shown
            self._changed.notify_all()

    def look(self, after: int, patience_s: float) -> Shown | None:
        """The newest frame, other than number `after`; waits for one at most `patience_s` seconds.

        An old one stands in where none is judged in that time; None when there is none, or none but `after`.
        """
        begun = self._clock()
        limit_s = begun + patience_s
        with self._changed:
            while True:
                now, newest = self._clock(), self._newest
                other = newest is not None and newest.number != after
                if now >= limit_s or (newest is not None and other and newest.kept_s > begun - self._pause_s):
                    return newest if other else None
                due_s = now if newest is None else newest.kept_s + self._pause_s
                if due_s > now:
                    self._changed.wait(min(due_s, limit_s) - now)
                    continue
                self._wanted = True
                self._changed.wait(limit_s - now)

    def anomalous(self, patience_s: float) -> Judged | None:
        """The next frame that is anomalous, whole and in memory of its own; None when none comes in that time.

        Whoever waits for it behind another gets one that comes later, in the same time.
        """
        limit_s = self._clock() + patience_s
        if not self._taking.acquire(timeout=patience_s):
            return None
        try:
            with self._changed:
                self._odd, self._odd_wanted = None, True
                self._changed.wait_for(lambda: self._odd is not None, limit_s - self._clock())
                found, self._odd, self._odd_wanted = self._odd, None, False
                return found
        finally:
            self._taking.release()

    def _keep_odd(self, judged: Judged) -> None:
        self._odd_wanted = False
        kept = judged.kept()
        with self._changed:
            self._odd = kept
            self._changed.notify_all()

    def forget(self) -> None:
        """Nobody looks any more: keep no picture."""
        self._wanted, self._newest = False, None

    def _keep(self, judged: Judged) -> Shown:
        pixels, mask = _thinned(judged.frame.picture), judged.frame.mask
        if mask is not None:
            mask.paint(pixels)  # what is not to be looked at is not shown either
        return Shown(
            number=judged.frame.number,
            time_unix_ns=judged.frame.time_unix_ns,
            kept_s=self._clock(),
            pixels=pixels,
            verdict=judged.verdict,
        )


def _thinned(picture: Picture) -> UInt8Array:
    """RGB in memory of its own, each pixel the mean of a square of whole pixels: OpenCV is fast with these."""
    step = max(1, max(picture.height, picture.width) // _SHOWN_SIDE)
    pixels = picture.scaled(max(1, picture.height // step), max(1, picture.width // step))
    return pixels if pixels.flags.owndata else pixels.copy()
