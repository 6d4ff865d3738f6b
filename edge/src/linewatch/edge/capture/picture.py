"""What a camera saw, in the form in which it came; turned to RGB only where somebody looks."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from linewatch.edge.capture.colour import Colour
from linewatch.edge.capture.pixel_form import PixelForm
from linewatch.edge.errors import CameraError

UInt8Array: TypeAlias = npt.NDArray[np.uint8]
_WHOLE = slice(None)


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Passed along without a copy: nobody writes to it.

    Attributes:
        form: how its pixels lie in memory.
        planes: uint8 arrays of the shapes that `form` says; rows may be apart, the pixels of a row lie side by side.
        colour: what luma and chroma mean; without meaning for RGB and grey.
    """

    form: PixelForm
    planes: tuple[UInt8Array, ...]
    colour: Colour = Colour.BT601_LIMITED

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.planes[0].shape[0])

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.planes[0].shape[1])

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        return sum(plane.nbytes for plane in self.planes)

    def rgb(self) -> UInt8Array:
        """The whole as uint8[H, W, 3]: converted at each call, unless it is RGB already; nobody writes to it."""
        return self.planes[0] if self.form is PixelForm.RGB8 else self.crop(_WHOLE, _WHOLE)

    def crop(self, rows: slice, columns: slice) -> UInt8Array:
        """A part of it as RGB uint8[h, w, 3]; a view where it is RGB already."""
        from linewatch.edge.capture import conversion

        return conversion.crop(self.form, self.planes, self.colour, rows, columns)

    def part(self, rows: slice, columns: slice) -> "Picture":
        """A part of it as a picture: views of its planes, or RGB where the part begins within a pixel of chroma."""
        if self.form in (PixelForm.RGB8, PixelForm.GREY8):
            return Picture(self.form, (self.planes[0][rows, columns],), self.colour)
        top, bottom, _ = rows.indices(self.height)
        left, right, _ = columns.indices(self.width)
        if top % 2 or left % 2:
            return Picture(PixelForm.RGB8, (self.crop(rows, columns),))
        half = (slice(top // 2, -(-bottom // 2)), slice(left // 2, -(-right // 2)))
        return Picture(self.form, (self.planes[0][rows, columns], *(one[half] for one in self.planes[1:])), self.colour)

    def scaled(self, height: int, width: int) -> UInt8Array:
        """RGB uint8[height, width, 3] of the whole, each pixel the mean of what it covers.

        Planes are made smaller first and turned to RGB then: a few of the pixels differ by a step or two from what the
        other order gives, and by more where a colour is beyond what RGB can show.
        """
        from linewatch.edge.capture import conversion

        if (height, width) == (self.height, self.width):
            return self.rgb()
        return conversion.scaled(self.form, self.planes, self.colour, (height, width))

    def sampled(self, height: int, width: int, rows: slice = _WHOLE, columns: slice = _WHOLE) -> UInt8Array:
        """RGB uint8[height, width, 3] of a part: the pixels in the middles of as many equal parts of it.

        Each is the very pixel that `rgb` has there.
        """
        from linewatch.edge.capture import conversion

        return conversion.sampled(self.form, self.planes, self.colour, (height, width), rows, columns)

    def kept(self) -> "Picture":
        """The same in memory of its own."""
        return Picture(self.form, tuple(plane.copy() for plane in self.planes), self.colour)


Pixels: TypeAlias = UInt8Array | Picture
"""A picture, or an array that is one: RGB uint8[H, W, 3] or grey uint8[H, W]."""


def as_picture(pixels: Pixels) -> Picture:
    """Arrays as pictures, without a copy.

    Raises:
        CameraError: it is no such array.
    """
    if isinstance(pixels, Picture):
        return pixels
    if pixels.dtype == np.uint8 and pixels.size:
        if pixels.ndim == 3 and pixels.shape[2] == 3:
            return Picture(PixelForm.RGB8, (pixels,))
        if pixels.ndim == 2:
            return Picture(PixelForm.GREY8, (pixels,))
    raise CameraError(
        f"a frame is {pixels.dtype}{list(pixels.shape)} instead of RGB uint8[H, W, 3] or grey uint8[H, W]"
    )
