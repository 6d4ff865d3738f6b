"""Keeps one camera delivering, whatever happens to it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from structlog.typing import FilteringBoundLogger

from linewatch.edge.capture.attention import Unwatched
from linewatch.edge.capture.backoff import Backoff
from linewatch.edge.capture.camera import Camera, Opening
from linewatch.edge.capture.frame import Frame
from linewatch.edge.capture.health import Health
from linewatch.edge.capture.history import History
from linewatch.edge.capture.offer_rate import OfferRate
from linewatch.edge.capture.source import about
from linewatch.edge.capture.stream import FrameStream, Shot
from linewatch.edge.errors import CameraError, EdgeError, UnreadablePictureError
from linewatch.edge.ring.lost import Lost
from linewatch.edge.ring.ring import Ring

_EXPECTED = (EdgeError, OSError)
_TOLERATED_RUN = 10
"""Broken pictures in a row before the next one is waited for."""


@dataclass(slots=True)
class CaptureTally:
    """Counts of one camera.

    Attributes:
        captured: frames that it delivered.
        captured_bytes: length of those, in the form in which they come; one that was given up unseen counts as long as
            the one before it.
        unreadable: frames that could not be decoded; they are not among the captured.
        unscheduled: captured frames at times at which the camera is not judged.
        untriggered: captured frames that show no part, where triggers say when there is one.
        crowded: captured frames that were given up, because the agent still held as many as it may.
        unwanted: captured frames that came after the agent began to stop.
        failures: how often it had to be given up or opened again.
        error: why, the last time.
        alive: it is open and delivers.
        gave_up: it failed and is not opened again.
        first_frame_s: monotonic time of the first frame.
    """

    captured: int = 0
    captured_bytes: int = 0
    unreadable: int = 0
    unscheduled: int = 0
    untriggered: int = 0
    crowded: int = 0
    unwanted: int = 0
    failures: int = 0
    error: str = ""
    alive: bool = False
    gave_up: bool = False
    first_frame_s: float = 0.0

    @property
    def offered(self) -> int:
        """Captured frames that were to be judged."""
        return self.captured - self.unscheduled - self.untriggered


class CameraThread:
    """Reads one camera into the ring on a thread of its own; opens a failed one again after a while."""

    def __init__(
        self,
        camera: Camera,
        ring: Ring,
        stop: threading.Event,
        log: FilteringBoundLogger,
        backoff: Backoff,
        history: History,
        holds: Callable[[], int],
        health: Health,
    ) -> None:
        """Prepare the thread; `stop` ends it soon, `log` is the camera's structlog logger, `holds` as in `Opening`."""
        self.camera = camera
        self.tally = CaptureTally()
        self.offers = OfferRate()
        self._frame_bytes = 0
        self._ring = ring
        self._stop = stop
        self._log = log
        self._backoff = backoff
        self._history = history
        self._health = health
        self._attention = camera.attention()
        self._opening = Opening(stop=stop, holds=holds, idle=self._mind_the_time, slow=self._note_slowness)
        self._thread = threading.Thread(target=self._run, name=f"camera-{camera.name}", daemon=True)

    def start(self) -> None:
        """Start reading."""
        self._thread.start()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait until the camera ended for good; False when it still runs after `timeout_s` seconds."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        self._watch()
        self._attention.close()
        self._tell_missed()
        self._health.stops()

    def _watch(self) -> None:
        # Supervision boundary: whatever a driver or decoder raises ends this attempt and nothing else.
        while not self._stop.is_set():
            started_s = time.monotonic()
            try:
                self._attempt()
                return
            except Exception as error:  # noqa: BLE001
                if self._stop.is_set() and isinstance(error, _EXPECTED):
                    return  # what was under way was cut short
                self._note_failure(error)
            if not self.camera.restarts:
                self.tally.gave_up = True
                return
            self._stop.wait(self._backoff.after(time.monotonic() - started_s))

    def _attempt(self) -> None:
        try:
            self._attention.open(self._log)
            self._tell_missed()
            stream = self.camera.open(self._opening)
            try:
                if not self._stop.is_set():
                    told = {"decoder": decoder} if (decoder := about(stream)) else {}
                    self._log.info("camera opened", live=self.camera.live, fps=stream.fps, **told)
                self._pump(stream)
            finally:
                stream.close()
        finally:
            self.tally.alive = False
            self._history.forget()
            self._ring.end_stream(self.camera.name)

    def _pump(self, stream: FrameStream) -> None:
        self.offers.opened()
        broken_run = skipped = 0
        while not self._stop.is_set():
            try:
                shot = stream.read()
            except UnreadablePictureError as error:
                broken_run += 1
                self._pass_over(error, broken_run)
                continue
            broken_run = 0
            self._give_up(stream.skipped - skipped)
            skipped = stream.skipped
            if shot is None:
                self._end()
                return
            self._mind_the_time()
            frame = self._admit(shot)
            if frame is not None and not self._ring.put(frame):
                self.tally.unwanted += 1
                return

    def _mind_the_time(self) -> None:
        """Close what is open when the time at which the camera is judged ends, whether frames come or not."""
        if self._attention.ends_now():
            self._log.info("camera is not judged until its next time")
            self._ring.end_stream(self.camera.name)

    def _admit(self, shot: Shot) -> Frame | None:
        """The frame to be judged; None for one that is counted and not judged."""
        part = self._attention.look_at(shot)
        self._tell_missed()
        frame = self._frame(shot, 0 if isinstance(part, Unwatched) else part)
        if part is Unwatched.SCHEDULE:
            self.tally.unscheduled += 1
            return None
        if part is Unwatched.UNTRIGGERED:
            self.tally.untriggered += 1
            return None
        self.offers.add()
        return frame

    def _tell_missed(self) -> None:
        """Parts that passed without a frame get their verdict before that on the next one."""
        if missed := self._attention.take_missed():
            self._ring.lose(self.camera.name, Lost.unseen(missed))

    def _frame(self, shot: Shot, part: int) -> Frame:
        tally = self.tally
        before = self._history.before(shot.picture)
        if tally.captured == 0:
            tally.first_frame_s = shot.clock_s
        tally.captured += 1
        self._frame_bytes = shot.picture.nbytes
        tally.captured_bytes += self._frame_bytes
        tally.alive = True
        self._health.delivers()
        return Frame(
            camera=self.camera.name,
            number=tally.captured - 1,
            picture=shot.picture,
            time_unix_ns=shot.time_unix_ns,
            clock_s=shot.clock_s,
            before=before,
            part=part,
            mask=self.camera.mask,
        )

    def _give_up(self, frames: int) -> None:
        if frames:
            self.offers.add(frames)
            self._history.forget()
            self._attention.skip(frames)
        self.tally.captured += frames
        self.tally.captured_bytes += frames * self._frame_bytes
        self.tally.crowded += frames

    def _end(self) -> None:
        if self.camera.restarts and not self._stop.is_set():
            raise CameraError("the stream ended")
        self._log.info("camera ended", captured=self.tally.captured)

    def _pass_over(self, error: UnreadablePictureError, broken_run: int) -> None:
        self.tally.unreadable += error.frames
        self._history.forget()
        self._attention.skip(error.frames)
        self._log.warning("picture passed over", reason=str(error))
        if broken_run > _TOLERATED_RUN:
            self._stop.wait(0.1)

    def _note_slowness(self, reason: str) -> None:
        self.tally.error = reason
        self._health.fails(reason)
        self._log.warning("camera does not open yet", reason=reason)

    def _note_failure(self, error: Exception) -> None:
        self.tally.failures += 1
        self.tally.error = f"{error}" or type(error).__name__
        self._health.fails(self.tally.error)
        expected = isinstance(error, _EXPECTED)
        self._log.error(
            "camera failed", reason=self.tally.error, again=self.camera.restarts, exc_info=None if expected else error
        )
