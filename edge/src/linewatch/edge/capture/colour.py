"""What the numbers of luma and chroma mean."""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

_BT601, _BT709, _BT2020 = (0.299, 0.114), (0.2126, 0.0722), (0.2627, 0.0593)
"""Shares of red and of blue in luma."""
_BLACK = 16.0
"""In the limited range."""


class Colour(IntEnum):
    """A matrix and a range; the numbers travel between processes. Streams that do not say are of the first kind.

    LIMITED: black is 16 and white 235, as television has them. FULL: 0 and 255.
    """

    BT601_LIMITED = 0
    BT601_FULL = 1
    BT709_LIMITED = 2
    BT709_FULL = 3
    BT2020_LIMITED = 4
    BT2020_FULL = 5

    @property
    def to_rgb(self) -> npt.NDArray[np.float32]:
        """float32[3, 4]: times (luma, Cb, Cr, 1) gives red, green and blue from 0 to 255."""
        return _MATRICES[self]

    def grey(self, luma: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Brightness from 0 to 255 of luma without colour."""
        scale = self.to_rgb[0, 0]
        return np.asarray(luma if self % 2 else (luma - np.float32(_BLACK)) * scale, np.float32)


def _matrix(colour: Colour) -> npt.NDArray[np.float32]:
    red, blue = (_BT601, _BT709, _BT2020)[colour // 2]
    green = 1.0 - red - blue
    black, luma, chroma = (0.0, 1.0, 1.0) if colour % 2 else (_BLACK, 255 / 219, 255 / 224)
    from_cb, from_cr = 2 * chroma * (1 - blue), 2 * chroma * (1 - red)
    rows = np.array(
        [[luma, 0.0, from_cr], [luma, -from_cb * blue / green, -from_cr * red / green], [luma, from_cb, 0.0]]
    )
    return np.column_stack([rows, -rows @ [black, 128.0, 128.0]]).astype(np.float32)


_MATRICES: Mapping[Colour, npt.NDArray[np.float32]] = MappingProxyType({colour: _matrix(colour) for colour in Colour})
