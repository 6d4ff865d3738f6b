"""Pictures from files, and a folder of them as a camera."""

import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from linewatch.edge.capture.address import PICTURE_SUFFIXES
from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.errors import SourceError, UnreadablePictureError

_PLAIN_BITS = 8
_WHITE = 255


def find_pictures(place: Path) -> list[Path]:
    """The picture `place`, or every picture below the folder `place`; hidden files are passed over.

    Sorted as people read: 2.png comes before 10.png.

    Raises:
        SourceError: there is none.
    """
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise SourceError(f"there is no picture or folder {place}")
    found = sorted((path for path in place.rglob("*") if _is_picture(path)), key=_in_reading_order)
    if not found:
        raise SourceError(f"{place} holds no pictures ({', '.join(sorted(PICTURE_SUFFIXES))})")
    return found


def read_picture(path: Path, bits: int | None = None) -> UInt8Array:
    """The picture as uint8[H, W, 3] RGB; grey is spread to three channels.

    Args:
        path: the file.
        bits: significant bits of pictures with 16 a channel, of which the upper 8 are taken, as in training; None
            where nobody said.

    Raises:
        UnreadablePictureError: the file cannot be read, is no picture, or has 16 bits a channel and nobody said how
            many of them count.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadablePictureError(f"cannot read {path}: {error.strerror}") from error
    return decode_picture(data, str(path), bits)


def decode_picture(data: bytes, name: str, bits: int | None = None) -> UInt8Array:
    """The picture in `data` as `read_picture` gives it; `name` is for the message.

    Raises:
        UnreadablePictureError: `data` is no picture.
    """
    pixels = None
    if data:
        try:
            pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_ANYDEPTH)
        except cv2.error as error:
            raise UnreadablePictureError(f"{name} cannot be decoded: {error.err}") from error
    if pixels is None:
        raise UnreadablePictureError(f"{name} is broken or not a picture")
    return np.asarray(pixels if pixels.dtype == np.uint8 else _upper_8(pixels, name, bits), np.uint8)


class PictureFolder:
    """A folder of pictures (or one picture) as a camera, in the order of their names."""

    fps: float | None = None

    def __init__(self, place: Path, bits: int | None = None) -> None:
        """Open `place`; `bits` as in `read_picture`.

        Raises:
            SourceError: there is no picture.
        """
        self.paths = find_pictures(place)
        self._bits = bits
        self._next = 0

    def read(self) -> UInt8Array | None:
        """The next picture; see `FrameSource.read`."""
        if self._next >= len(self.paths):
            return None
        path = self.paths[self._next]
        self._next += 1
        return read_picture(path, self._bits)

    def close(self) -> None:
        """Nothing is held open."""


def _upper_8(pixels: npt.NDArray[Any], name: str, bits: int | None) -> npt.NDArray[Any]:
    if pixels.dtype != np.uint16:
        raise UnreadablePictureError(f"{name} has {pixels.dtype} pixels: 8 or 16 bits a channel can be read")
    if bits is None:
        raise UnreadablePictureError(
            f"{name} has 16 bits a channel: say by `bits` in the camera's table how many count (10, 12, 14 or 16)"
        )
    if bits == _PLAIN_BITS and int(pixels.max()) > _WHITE:
        raise UnreadablePictureError(
            f"{name} has 16 bits a channel, but the bundle was taught from pictures of 8: give it the same"
        )
    return np.asarray(np.minimum(pixels >> (bits - _PLAIN_BITS), _WHITE))


def _in_reading_order(path: Path) -> list[tuple[int, str]]:
    parts = re.findall(r"\d+|\D+", path.as_posix())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".") and path.is_file()
