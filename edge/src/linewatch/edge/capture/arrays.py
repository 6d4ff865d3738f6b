"""Frames that are already in memory: for benches and for programs that embed the agent."""

from collections.abc import Iterable

from linewatch.edge.capture.frame import UInt8Array


class ArraySource:
    """Passes on RGB frames uint8[H, W, 3] without a copy; the caller does not write to them afterwards."""

    fps: float | None = None

    def __init__(self, frames: Iterable[UInt8Array]) -> None:
        """Deliver `frames`."""
        self._frames = iter(frames)

    def read(self) -> UInt8Array | None:
        """The next frame; see `FrameSource.read`."""
        return next(self._frames, None)

    def close(self) -> None:
        """Nothing is held open."""
