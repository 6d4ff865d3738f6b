"""A camera in a process of its own."""

import contextlib
import signal
import subprocess
import threading
from collections.abc import Callable

from linewatch.edge.capture.isolation.last_words import LastWords
from linewatch.edge.capture.isolation.message import Open
from linewatch.edge.capture.isolation.receiver import FrameReceiver
from linewatch.edge.capture.isolation.wire import Wire
from linewatch.edge.capture.playback import Playback
from linewatch.edge.capture.stream import Shot
from linewatch.edge.child_command import child_command
from linewatch.edge.errors import CameraError

_GOODBYE_S = 0.5


class CameraProcess:
    """Starts a camera's process and takes its frames out of shared memory."""

    def __init__(
        self,
        name: str,
        playback: Playback,
        *,
        stop: threading.Event,
        holds: Callable[[], int],
        stall_s: float,
        idle: Callable[[], None] = lambda: None,
        slow: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Start the process and wait until the camera is open.

        Args:
            name: of the camera, to be seen in lists of processes.
            playback: what it opens.
            stop: ends every wait early.
            holds, stall_s, idle, slow: as in `FrameReceiver`.

        Raises:
            SourceError: the file or folder is not what it should be.
            CameraError: the device or stream does not answer, or the process died.
        """
        self._wire, theirs = Wire.pair()
        self._receiver = FrameReceiver(
            self._wire, stop=stop, holds=holds, stall_s=stall_s, obituary=self._obituary, idle=idle, slow=slow
        )
        self._said = LastWords()
        command = child_command("linewatch.edge.capture.isolation.child", name)
        try:
            with self._said.pen() as pen:
                self._process = subprocess.Popen(
                    command, stdin=theirs.fileno(), stdout=pen, stderr=pen, start_new_session=True
                )
        except OSError as error:
            self._receiver.close()
            self._said.end(_GOODBYE_S)
            raise CameraError(f"its process cannot be started: {error.strerror}") from error
        finally:
            theirs.close()
        try:
            self._wire.send(Open(playback.to_json()))
            self._receiver.await_opened()
        except BaseException:
            self.close()
            raise

    @property
    def fps(self) -> float | None:
        """Frames per second that the source claims."""
        return self._receiver.fps

    @property
    def about(self) -> str:
        """What decodes, where something does."""
        return self._receiver.about

    @property
    def skipped(self) -> int:
        """See `FrameStream`."""
        return self._receiver.skipped

    @property
    def process_id(self) -> int:
        """Of the camera's process."""
        return self._process.pid

    def read(self) -> Shot | None:
        """The next frame; see `FrameStream.read`."""
        return self._receiver.read()

    def close(self) -> None:
        """End the process. Frames that are still held stay as they are. May be called twice."""
        self._receiver.close()
        try:
            self._process.wait(_GOODBYE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):  # a driver that waits for broken hardware
                self._process.wait(_GOODBYE_S)
        self._said.end(_GOODBYE_S)

    def _obituary(self) -> str:
        """Why the process ended, as far as it can be told."""
        try:
            code = self._process.wait(_GOODBYE_S)
        except subprocess.TimeoutExpired:
            return "the camera's process hung up"
        self._said.end(_GOODBYE_S)
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        last = self._said.last_line
        return f"the camera's process ended {how}" + (f": {last}" if last else "")
