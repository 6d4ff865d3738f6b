"""Plays a recorded source again and again."""

from collections.abc import Callable

from linewatch.edge.capture.picture import Pixels
from linewatch.edge.capture.source import FrameSource, about


class Looped:
    """Opens the source again each time it ends; a source without a single frame ends for good."""

    def __init__(self, reopen: Callable[[], FrameSource]) -> None:
        """Play what `reopen` opens."""
        self._reopen = reopen
        self._source = reopen()
        self.fps = self._source.fps
        self.about = about(self._source)

    def read(self) -> Pixels | None:
        """The next frame; see `FrameSource.read`."""
        pixels = self._source.read()
        if pixels is None:
            self._source.close()
            self._source = self._reopen()
            pixels = self._source.read()
        return pixels

    def close(self) -> None:
        """Close what is open."""
        self._source.close()
