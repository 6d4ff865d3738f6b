"""Frames with the time of their capture, as the agent takes them from a camera."""

import time
from dataclasses import dataclass
from typing import Protocol

from linewatch.edge.capture.picture import Picture, as_picture
from linewatch.edge.capture.source import FrameSource


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One frame as it was captured.

    Attributes:
        picture: what it shows; nobody writes to it.
        time_unix_ns: wall clock at capture.
        clock_s: monotonic clock at capture in seconds.
        part: number of the part of the line that a trigger named; 0 for none.
    """

    picture: Picture
    time_unix_ns: int
    clock_s: float
    part: int = 0


class FrameStream(Protocol):
    """What a camera delivers."""

    @property
    def fps(self) -> float | None:
        """Frames per second that it claims; None when it does not know."""

    @property
    def skipped(self) -> int:
        """Frames so far that were given up, because the agent still held as many as it may."""

    def read(self) -> Shot | None:
        """The next frame; None at the end, and when the agent stops.

        Raises:
            CameraError: the camera failed; opening it again may help.
            UnreadablePictureError: this frame is broken; the next one may be good.
        """

    def close(self) -> None:
        """Give the camera back. May be called twice."""


class InProcess:
    """Reads a source on the agent's own threads: for programs that embed the agent and have frames in memory."""

    def __init__(self, source: FrameSource) -> None:
        """Stamp what `source` delivers with the time at which it does."""
        self._source = source
        self.fps = source.fps
        self.skipped = 0

    def read(self) -> Shot | None:
        """The next frame; see `FrameStream.read`."""
        pixels = self._source.read()
        return None if pixels is None else Shot(as_picture(pixels), time.time_ns(), time.monotonic())

    def close(self) -> None:
        """Close the source."""
        self._source.close()
