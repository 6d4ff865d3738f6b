"""Reads pictures that belong to no dataset."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from linewatch.cloud.errors import DatasetError
from linewatch.cloud.training.dataset import natural_key
from linewatch.cloud.training.pictures import decode_picture, is_picture, read_bytes, significant_bits, to_rgb8
from linewatch.compiler.teacher import UInt8Array


def loose_pictures(places: Sequence[Path]) -> list[UInt8Array]:
    """RGB uint8[H, W, 3] of each file of `places`, and of each picture in a folder of them.

    Raises:
        DatasetError: a place is missing or holds no picture, or a picture cannot be read.
    """
    decoded = [decode_picture(path, read_bytes(path)) for place in places for path in _files(place)]
    bits = significant_bits(int(picture.max()) for picture in decoded if picture.dtype == np.uint16)
    return [to_rgb8(picture, bits) for picture in decoded]


def _files(place: Path) -> Iterator[Path]:
    if not place.exists():
        raise DatasetError(f"{place} does not exist: give pictures, or folders of pictures")
    if not place.is_dir():
        yield place
        return
    found = sorted((path for path in place.iterdir() if is_picture(path)), key=lambda path: natural_key(path.name))
    if not found:
        raise DatasetError(f"{place} holds no picture")
    yield from found
