"""Pictures from files, and a folder of them as a camera."""

import re
from pathlib import Path

import cv2
import numpy as np

from linewatch.edge.capture.address import PICTURE_SUFFIXES
from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.errors import SourceError, UnreadablePictureError


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


def read_picture(path: Path) -> UInt8Array:
    """The picture as uint8[H, W, 3] RGB; grey is spread to three channels, 16 bits are cut to the upper 8.

    Raises:
        UnreadablePictureError: the file cannot be read or is no picture.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadablePictureError(f"cannot read {path}: {error.strerror}") from error
    return decode_picture(data, str(path))


def decode_picture(data: bytes, name: str) -> UInt8Array:
    """The picture in `data` as `read_picture` gives it; `name` is for the message.

    Raises:
        UnreadablePictureError: `data` is no picture.
    """
    pixels = None
    if data:
        try:
            pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
        except cv2.error as error:
            raise UnreadablePictureError(f"{name} cannot be decoded: {error.err}") from error
    if pixels is None:
        raise UnreadablePictureError(f"{name} is broken or not a picture")
    return np.asarray(pixels, np.uint8)


class PictureFolder:
    """A folder of pictures (or one picture) as a camera, in the order of their names."""

    fps: float | None = None

    def __init__(self, place: Path) -> None:
        """Open `place`.

        Raises:
            SourceError: there is no picture.
        """
        self.paths = find_pictures(place)
        self._next = 0

    def read(self) -> UInt8Array | None:
        """The next picture; see `FrameSource.read`."""
        if self._next >= len(self.paths):
            return None
        path = self.paths[self._next]
        self._next += 1
        return read_picture(path)

    def close(self) -> None:
        """Nothing is held open."""


def _in_reading_order(path: Path) -> list[tuple[int, str]]:
    parts = re.findall(r"\d+|\D+", path.as_posix())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".") and path.is_file()
