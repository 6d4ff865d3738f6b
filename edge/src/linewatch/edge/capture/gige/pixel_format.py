"""Pixels as GenICam's cameras send them, turned to RGB or grey of 8 bits.

Names and numbers are those of the Pixel Format Naming Convention.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from linewatch.edge.capture.frame import UInt8Array

_WHITE = 255
_BYTE_BITS = 8
Samples: TypeAlias = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """How pixels lie in memory.

    Attributes:
        name: as the camera calls it.
        bits_a_pixel: in memory.
        depth: significant bits of a sample.
        unpack: bytes uint8[n] to samples, of which each pixel has one or more.
        colour: OpenCV's conversion of uint8 samples to RGB; None for RGB and grey.
    """

    name: str
    bits_a_pixel: int
    depth: int
    unpack: Callable[[UInt8Array], Samples]
    colour: int | None = None

    def byte_count(self, height: int, width: int, padding: int = 0) -> int:
        """Bytes of a picture, with `padding` bytes behind each row but the last; with any, rows begin at a byte."""
        if padding:
            return height * (self.byte_count(1, width) + padding) - padding
        return -(-height * width * self.bits_a_pixel // _BYTE_BITS)

    def picture(
        self, data: UInt8Array, height: int, width: int, *, bits: int | None = None, padding: int = 0
    ) -> UInt8Array:
        """A picture as RGB uint8[height, width, 3], or grey uint8[height, width], in memory of its own.

        Args:
            data: uint8[n], `byte_count` bytes or more.
            height, width: pixels.
            bits: how many bits of a sample count, of which the upper 8 are taken; the format's `depth` when None.
            padding: bytes behind each row that are no pixels.
        """
        samples = self._samples(data, height, width, padding)
        if samples.dtype != np.uint8:
            samples = np.minimum(samples >> ((bits or self.depth) - _BYTE_BITS), _WHITE).astype(np.uint8)
        channels = self.bits_a_pixel // _BYTE_BITS if self.depth == _BYTE_BITS else 1
        whole = samples[: height * width * channels].reshape(height, width, channels)
        if self.colour is None:
            return np.array(whole if channels > 1 else whole[..., 0], np.uint8)
        return np.asarray(cv2.cvtColor(np.ascontiguousarray(whole), self.colour), np.uint8)

    def _samples(self, data: UInt8Array, height: int, width: int, padding: int) -> Samples:
        if not padding:
            return self.unpack(data[: self.byte_count(height, width)])
        length = self.byte_count(1, width)
        rows = [data[start : start + length] for start in range(0, height * (length + padding), length + padding)]
        if width * self.bits_a_pixel % _BYTE_BITS == 0:
            return self.unpack(np.concatenate(rows))
        # The last byte of a row is not full of pixels, which the next row does not go on with.
        return np.concatenate([self.unpack(row)[:width] for row in rows])


def _bytes(data: UInt8Array) -> Samples:
    return data


def _words(data: UInt8Array) -> Samples:
    return data.view("<u2").astype(np.uint16, copy=False)


def _groups(data: UInt8Array, length: int) -> list[npt.NDArray[np.uint16]]:
    """The first, second ... bytes of all groups of `length` bytes; a last one that is not whole is filled up."""
    padded = np.pad(data, (0, -len(data) % length))
    return list(padded.reshape(-1, length).T.astype(np.uint16))


def _in_turn(*samples: npt.NDArray[Any]) -> npt.NDArray[np.uint16]:
    return np.stack(samples, axis=1).ravel()


def _packed_10(data: UInt8Array) -> Samples:
    """GigE Vision's own: two pixels in three bytes, their lowest bits in the middle."""
    first, low, second = _groups(data, 3)
    return _in_turn(first << 2 | low & 3, second << 2 | low >> 4 & 3)


def _packed_12(data: UInt8Array) -> Samples:
    first, low, second = _groups(data, 3)
    return _in_turn(first << 4 | low & 15, second << 4 | low >> 4)


def _stream_10(data: UInt8Array) -> Samples:
    """One bit after the other, the lowest first: four pixels in five bytes."""
    a, b, c, d, e = _groups(data, 5)
    return _in_turn(a | (b & 3) << 8, b >> 2 | (c & 15) << 6, c >> 4 | (d & 63) << 4, d >> 6 | e << 2)


def _stream_12(data: UInt8Array) -> Samples:
    a, b, c = _groups(data, 3)
    return _in_turn(a | (b & 15) << 8, b >> 4 | c << 4)


_MOSAICS = {
    "GR": cv2.COLOR_BayerGRBG2RGB,
    "RG": cv2.COLOR_BayerRGGB2RGB,
    "GB": cv2.COLOR_BayerGBRG2RGB,
    "BG": cv2.COLOR_BayerBGGR2RGB,
}

FORMATS: Mapping[int, PixelFormat] = {
    0x0218_0014: PixelFormat("RGB8", 24, 8, _bytes),
    0x0218_0015: PixelFormat("BGR8", 24, 8, _bytes, cv2.COLOR_BGR2RGB),
    **{
        0x0108_0008 + at: PixelFormat(f"Bayer{tile}8", 8, 8, _bytes, colour)
        for at, (tile, colour) in enumerate(_MOSAICS.items())
    },
    0x0210_0032: PixelFormat("YUV422_8", 16, 8, _bytes, cv2.COLOR_YUV2RGB_YUYV),
    0x0210_001F: PixelFormat("YUV422_8_UYVY", 16, 8, _bytes, cv2.COLOR_YUV2RGB_UYVY),
    0x0210_003B: PixelFormat("YCbCr422_8", 16, 8, _bytes, cv2.COLOR_YUV2RGB_YUYV),
    0x0108_0001: PixelFormat("Mono8", 8, 8, _bytes),
    0x0110_0003: PixelFormat("Mono10", 16, 10, _words),
    0x0110_0005: PixelFormat("Mono12", 16, 12, _words),
    0x0110_0025: PixelFormat("Mono14", 16, 14, _words),
    0x0110_0007: PixelFormat("Mono16", 16, 16, _words),
    0x010C_0004: PixelFormat("Mono10Packed", 12, 10, _packed_10),
    0x010C_0006: PixelFormat("Mono12Packed", 12, 12, _packed_12),
    0x010A_0046: PixelFormat("Mono10p", 10, 10, _stream_10),
    0x010C_0047: PixelFormat("Mono12p", 12, 12, _stream_12),
}
"""By their numbers, the better ones first."""

NAMES: tuple[str, ...] = tuple(one.name for one in FORMATS.values())
