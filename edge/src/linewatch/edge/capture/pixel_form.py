"""How the pixels of a picture lie in memory."""

from enum import IntEnum
from math import prod


class PixelForm(IntEnum):
    """Forms that cameras and decoders give; the numbers travel between processes.

    RGB8: uint8[H, W, 3]. GREY8: uint8[H, W]. I420: a plane of luma uint8[H, W] and two of chroma, Cb and Cr,
    uint8[H/2, W/2], rounded up. NV12: the same with Cb and Cr in turn, uint8[H/2, W/2, 2].
    """

    RGB8 = 0
    GREY8 = 1
    I420 = 2
    NV12 = 3

    def planes(self, height: int, width: int) -> tuple[tuple[int, ...], ...]:
        """Shapes of the planes of a picture of `height` x `width` pixels."""
        half = (-(-height // 2), -(-width // 2))
        if self is PixelForm.RGB8:
            return ((height, width, 3),)
        if self is PixelForm.GREY8:
            return ((height, width),)
        if self is PixelForm.I420:
            return ((height, width), half, half)
        return ((height, width), (*half, 2))

    def bytes(self, height: int, width: int) -> int:
        """What a picture of `height` x `width` pixels takes without gaps."""
        return sum(prod(shape) for shape in self.planes(height, width))
