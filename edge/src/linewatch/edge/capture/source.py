"""The port through which every camera delivers."""

from typing import Protocol

from linewatch.edge.capture.frame import UInt8Array


class FrameSource(Protocol):
    """Delivers frames, one after another.

    `fps`: frames per second that the source claims; None when it does not know.
    """

    fps: float | None

    def read(self) -> UInt8Array | None:
        """The next frame, uint8[H, W, 3] RGB, not written to afterwards; None at the end.

        Raises:
            CameraError: the source failed; opening it again may help.
            UnreadablePictureError: this frame is broken; the next one may be good.
        """

    def close(self) -> None:
        """Give the device or file back. May be called twice."""
