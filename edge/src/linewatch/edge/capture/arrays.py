"""Frames that are already in memory: for benches and for programs that embed the agent."""

from collections.abc import Iterable

from linewatch.edge.capture.picture import Pixels


class ArraySource:
    """Passes on frames without a copy; the caller does not write to them afterwards."""

    fps: float | None = None

    def __init__(self, frames: Iterable[Pixels]) -> None:
        """Deliver `frames`."""
        self._frames = iter(frames)

    def read(self) -> Pixels | None:
        """The next frame; see `FrameSource.read`."""
        return next(self._frames, None)

    def close(self) -> None:
        """Nothing is held open."""
