"""From a camera's picture to what a graph is given."""

import numpy as np

from linewatch.edge.capture.picture import Picture, UInt8Array
from linewatch.edge.capture.pixel_form import PixelForm
from linewatch.protos.bundle import FrameSampling, RegionOfInterest


class Fit:
    """Makes RGB of a picture, and of no more of it than the graph looks at."""

    def __init__(
        self,
        frame_size: tuple[int | None, int | None],
        sampling: FrameSampling | None = None,
        region: RegionOfInterest | None = None,
    ) -> None:
        """For a graph.

        Args:
            frame_size: height and width that it takes; None where any will do.
            sampling: which pixels it looks at; None where that is not known.
            region: what it cuts out of its frames before; None for nothing.
        """
        self._frame_size = frame_size
        self._sampling = sampling
        self._region = region

    def __call__(self, picture: Picture) -> UInt8Array:
        """The frame uint8[h, w, 3] for the graph; it scores just as the whole picture in RGB."""
        if any(self._frame_size):
            height, width = self._frame_size
            return picture.scaled(height or picture.height, width or picture.width)
        if picture.form is PixelForm.RGB8:
            return picture.rgb()  # the graph picks its pixels faster than they could be brought to it
        return self._looked_at(picture)

    def _looked_at(self, picture: Picture) -> UInt8Array:
        region = self._region
        rows, columns = (
            (slice(0, picture.height), slice(0, picture.width))
            if region is None
            else region.pixels(picture.height, picture.width)
        )
        height, width = self._size(rows.stop - rows.start, columns.stop - columns.start)
        seen = picture.sampled(height, width, rows, columns)
        if region is None:
            return seen
        frame = np.zeros((*region.frame_around(height, width), 3), np.uint8)
        frame[region.pixels(*frame.shape[:2])] = seen
        return frame

    def _size(self, height: int, width: int) -> tuple[int, int]:
        if self._sampling is None:
            return height, width
        return min(height, self._sampling.height), min(width, self._sampling.width)
