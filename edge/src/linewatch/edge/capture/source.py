"""The port through which every camera delivers."""

from typing import Protocol

from linewatch.edge.capture.picture import Pixels


def about(opened: object) -> str:
    """What a source or stream has to say of itself to people; empty where it has no `about`."""
    return str(getattr(opened, "about", ""))


class FrameSource(Protocol):
    """Delivers frames, one after another.

    `fps`: frames per second that the source claims; None when it does not know.
    """

    fps: float | None

    def read(self) -> Pixels | None:
        """The next frame, not written to afterwards; None at the end.

        Raises:
            CameraError: the source failed; opening it again may help.
            UnreadablePictureError: this frame is broken; the next one may be good.
        """

    def close(self) -> None:
        """Give the device or file back. May be called twice."""
