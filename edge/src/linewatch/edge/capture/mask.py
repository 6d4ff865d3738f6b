"""What is not to be looked at in a camera's frames."""

from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from linewatch.edge.errors import ConfigurationError
from linewatch.protos.bundle import RegionOfInterest

BoolArray: TypeAlias = npt.NDArray[np.bool_]
KeyT = TypeVar("KeyT")

_LOOKS = 8
"""Places along a side of a cell that are looked at."""
_HALF = 0.5
_REMEMBERED = 8
"""Sizes of frames, and of maps, for which a mask is worked out once."""


class Mask:
    """Places of a frame that are not looked at, at any resolution. Safe from any thread."""

    def __init__(self, hidden: BoolArray) -> None:
        """Hide the True cells of a bool[h, w] that is laid over the frame.

        Raises:
            ConfigurationError: it hides nothing, or everything.
        """
        if not hidden.any():
            raise ConfigurationError("the mask hides nothing; black is what is not looked at")
        if hidden.all():
            raise ConfigurationError("the mask hides everything; white is what is looked at")
        self._hidden = hidden
        self._cells: dict[tuple[int, int, RegionOfInterest | None], BoolArray] = {}
        self._pixels: dict[tuple[int, int], BoolArray] = {}

    def cells(self, rows: int, columns: int, region: RegionOfInterest | None) -> BoolArray:
        """Which cells bool[rows, columns] of an anomaly map of `region` are hidden: those of which half or more is."""
        key = (rows, columns, region)
        found = self._cells.get(key)
        if found is None:
            looks = self._at(rows * _LOOKS, columns * _LOOKS, region)
            share = looks.reshape(rows, _LOOKS, columns, _LOOKS).mean(axis=(1, 3))
            found = _remember(self._cells, key, share >= _HALF)
        return found

    def paint(self, pixels: npt.NDArray[np.uint8]) -> None:
        """Make what is hidden of a frame uint8[H, W, 3] black, in place."""
        key = pixels.shape[0], pixels.shape[1]
        hidden = self._pixels.get(key)
        if hidden is None:
            hidden = _remember(self._pixels, key, self._at(*key, None))
        pixels[hidden] = 0

    def _at(self, rows: int, columns: int, region: RegionOfInterest | None) -> BoolArray:
        """What is hidden at the centres of a grid over `region` of the frame."""
        part = region or RegionOfInterest(left=0.0, top=0.0, width=1.0, height=1.0)
        height, width = self._hidden.shape
        down = part.top + part.height * (np.arange(rows) + 0.5) / rows
        across = part.left + part.width * (np.arange(columns) + 0.5) / columns
        y, x = np.minimum((down * height).astype(int), height - 1), np.minimum((across * width).astype(int), width - 1)
        return np.asarray(self._hidden[y[:, np.newaxis], x])


def _remember(known: dict[KeyT, BoolArray], key: KeyT, found: BoolArray) -> BoolArray:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[key] = found
    return found
