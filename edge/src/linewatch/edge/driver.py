"""For makers of camera appliances: hand the frames of your own driver to the agent.

The agent's configuration names a socket, `source = "driver:/run/linewatch/line-1.sock"`; your program connects to it:

    from linewatch.edge.driver import FramePort

    with FramePort("/run/linewatch/line-1.sock", fps=200) as port:
        for pixels in camera:          # uint8[H, W, 3] RGB, or uint8[H, W] grey
            port.deliver(pixels)

A frame is copied once, into shared memory. The agent judges it there. When it holds as many frames as it may, the
newest is given up and counted, and `deliver` never waits.
"""

import socket
import time
from pathlib import Path
from typing import Self

from linewatch.edge.capture.isolation.delivery import Delivery
from linewatch.edge.capture.isolation.message import Failed, Opened
from linewatch.edge.capture.isolation.wire import Wire
from linewatch.edge.capture.picture import Pixels
from linewatch.edge.errors import CameraError

_RETRY_S = 0.1


class FramePort:
    """A driver's connection to the agent. Of one thread."""

    def __init__(self, path: str | Path, *, fps: float | None = None, patience_s: float | None = None) -> None:
        """Connect; waits for an agent that is not there yet.

        Args:
            path: of the socket that the agent's configuration names.
            fps: frames per second that the camera will deliver, if that is known.
            patience_s: seconds to wait for the agent; None to wait for ever.

        Raises:
            CameraError: no agent listens within `patience_s`, or the socket cannot be used.
        """
        self._wire = Wire(_connected(Path(path), patience_s))
        self._wire.send(Opened(fps or 0.0))
        self._delivery = Delivery(self._wire, live=True)

    def deliver(self, pixels: Pixels, part: int = 0) -> None:
        """Hand over a frame that was captured just now; it may be written to again afterwards.

        Args:
            pixels: RGB uint8[H, W, 3], grey uint8[H, W], or a `Picture` of planes of luma and chroma.
            part: number of the part of the line that it shows, as your trigger counts them, from 1; 0 for none.

        Raises:
            CameraError: it is no such frame or part, or the agent is gone: connect again.
        """
        try:
            self._delivery.deliver(pixels, part)
        except (EOFError, OSError) as error:
            raise CameraError("the agent hung up") from error

    def fail(self, reason: str) -> None:
        """Tell why the camera fails; the agent hangs up and listens again."""
        self._wire.send(Failed(wrong_use=False, reason=reason))

    def close(self) -> None:
        """Hang up. May be called twice."""
        self._wire.close()

    def __enter__(self) -> Self:
        """The port itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self.close()


def _connected(path: Path, patience_s: float | None) -> socket.socket:
    limit_s = None if patience_s is None else time.monotonic() + patience_s
    while True:
        end = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            end.connect(str(path))
            return end
        except (FileNotFoundError, ConnectionRefusedError) as error:
            end.close()
            if limit_s is not None and time.monotonic() >= limit_s:
                raise CameraError(f"no agent listens at {path}") from error
            time.sleep(_RETRY_S)
        except OSError as error:
            end.close()
            raise CameraError(f"cannot connect to {path}: {error.strerror or error}") from error
