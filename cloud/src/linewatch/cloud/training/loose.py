"""Reads pictures that belong to no dataset."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from linewatch.cloud.errors import DatasetError
from linewatch.cloud.training.dataset import is_video, natural_key
from linewatch.cloud.training.pictures import is_picture, read_picture
from linewatch.compiler.teacher import UInt8Array


def loose_pictures(places: Sequence[Path], bits: int) -> list[UInt8Array]:
    """RGB uint8[H, W, 3] of each file of `places`, and of each picture in a folder of them.

    Args:
        places: files and folders.
        bits: significant bits of 16-bit pictures.

    Raises:
        DatasetError: a place is missing or holds no picture, or a picture cannot be read.
    """
    return [read_picture(path, bits) for place in places for path in _files(place)]


def _files(place: Path) -> Iterator[Path]:
    if not place.exists():
        raise DatasetError(f"{place} does not exist: give pictures, or folders of pictures")
    if is_video(place):
        raise DatasetError(f"{place} is a video: give pictures, or folders of pictures")
    if not place.is_dir():
        yield place
        return
    found = sorted((path for path in place.iterdir() if is_picture(path)), key=lambda path: natural_key(path.name))
    if not found:
        raise DatasetError(f"{place} holds no picture")
    yield from found
