"""Reads one picture file into RGB uint8[H, W, 3], whatever the camera wrote.

Grey pictures get three equal channels, alpha is ignored (cameras have none), the EXIF orientation is applied.
Pictures of 16 bits are scaled by the number of bits that their camera uses, one number for a whole dataset, so that
brightness stays comparable between pictures: `value >> (bits - 8)`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias, cast

import cv2
import numpy as np
import numpy.typing as npt

from linewatch.cloud.errors import DatasetError
from linewatch.compiler.teacher import BoolArray, UInt8Array

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
SMALLEST_SIDE = 32
"""Pixels; below this a picture holds too little to learn from."""

_DEPTHS = (8, 10, 12, 14, 16)
_FLAGS = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH

RawPicture: TypeAlias = npt.NDArray[Any]


def is_picture(path: Path) -> bool:
    """Whether `path` is named like a picture; hidden files are not."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def read_picture(path: Path, bits: int = 16) -> UInt8Array:
    """RGB uint8[H, W, 3] of the file at `path`.

    Args:
        path: the file.
        bits: significant bits of 16-bit pictures, see `significant_bits`; without effect on 8-bit ones.

    Raises:
        DatasetError: not readable, broken, of another depth, or a side below `SMALLEST_SIDE`.
    """
    return to_rgb8(decode_picture(path, read_bytes(path)), bits)


def read_mask(path: Path) -> BoolArray:
    """bool[H, W] of a mask file: true where it is not black.

    Raises:
        DatasetError: not readable or broken.
    """
    mask = _decode(read_bytes(path), cv2.IMREAD_GRAYSCALE)
    if mask is None:
        raise DatasetError(f"{path} is no mask that can be read: write it again as an 8-bit PNG, 0 where good")
    return cast(BoolArray, mask != 0)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file of the dataset.

    Raises:
        DatasetError: the file cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise DatasetError(f"{path} cannot be read ({reason}): mend its permissions or remove it") from error


def decode_picture(path: Path, data: bytes) -> RawPicture:
    """uint8 or uint16 [H, W, 3] in OpenCV's order (BGR) of the bytes of `path`.

    Raises:
        DatasetError: see `read_picture`.
    """
    picture = _decode(data, _FLAGS)
    if picture is None:
        known = ", ".join(sorted(suffix[1:] for suffix in SUFFIXES))
        raise DatasetError(f"{path} is broken or no picture of 8 or 16 bits ({known}): replace or remove it")
    if picture.dtype not in (np.uint8, np.uint16):
        raise DatasetError(f"{path} has {picture.dtype} pixels: save it with 8 or 16 bits a channel")
    height, width = picture.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise DatasetError(
            f"{path} is {width} x {height} pixels: at least {SMALLEST_SIDE} x {SMALLEST_SIDE} are needed, remove it"
        )
    return picture


def to_rgb8(picture: RawPicture, bits: int) -> UInt8Array:
    """RGB uint8 of a decoded picture; 16-bit values keep the upper 8 of their `bits` significant ones."""
    if picture.dtype == np.uint16:
        picture = np.minimum(picture >> (bits - 8), 255).astype(np.uint8)
    return np.ascontiguousarray(picture[:, :, ::-1])


def significant_bits(brightest: Iterable[int]) -> int:
    """The fewest bits of a usual camera (8, 10, 12, 14 or 16) that hold the brightest values of 16-bit pictures."""
    highest = max(brightest, default=0)
    return next(depth for depth in _DEPTHS if highest < 1 << depth)


def _decode(data: bytes, flags: int) -> RawPicture | None:
    if not data:
        return None
    level = cv2.utils.logging.setLogLevel(
        cv2.utils.logging.LOG_LEVEL_SILENT
    )  # what is wrong is told by the caller, with the name of the file
    try:
        return cast(RawPicture | None, cv2.imdecode(np.frombuffer(data, np.uint8), flags))
    except cv2.error:  # such as a picture beyond OpenCV's limit of pixels
        return None
    finally:
        cv2.utils.logging.setLogLevel(level)
