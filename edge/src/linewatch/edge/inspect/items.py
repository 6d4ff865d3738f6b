"""What there is to inspect, one item after another."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from linewatch.edge.capture.address import Address, SourceKind
from linewatch.edge.capture.open import open_address
from linewatch.edge.capture.picture import Pixels
from linewatch.edge.capture.pictures import find_pictures, read_picture
from linewatch.edge.errors import UnreadablePictureError, WrongUse


@dataclass(frozen=True, slots=True)
class Item:
    """A picture or frame with its name; `pixels` is None when it could not be read because of `trouble`."""

    name: str
    pixels: Pixels | None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """`total` is how many there are, None when that is not known; `moving` says that they are frames of one view."""

    each: Iterator[Item]
    total: int | None
    moving: bool


def open_items(address: Address, limit: int | None, bits: int = 8) -> Items:
    """Everything at `address`, `limit` items at most; `bits` are the significant ones of pictures with 16 a channel.

    Raises:
        SourceError: there is nothing that can be read.
        CameraError: a camera does not answer.
        WrongUse: a camera without an end needs a limit.
    """
    address.check_exists()
    if address.kind is SourceKind.PICTURES:
        return _open_pictures(Path(address.place), limit, bits)
    source = open_address(address)
    total = getattr(source, "frames", None)
    if total is None and limit is None and address.kind is not SourceKind.VIDEO:
        source.close()
        raise WrongUse(f"{address} has no end; say how many frames to judge with --limit")
    if limit is not None:
        total = min(limit, total or limit)

    def frames() -> Iterator[Item]:
        try:
            for number in count() if limit is None else range(limit):
                pixels = source.read()
                if pixels is None:
                    return
                yield Item(f"frame-{number:06d}", pixels)
        finally:
            source.close()

    return Items(frames(), total, moving=True)


def _open_pictures(place: Path, limit: int | None, bits: int) -> Items:
    paths = find_pictures(place)[:limit]
    root = place if place.is_dir() else place.parent

    def pictures() -> Iterator[Item]:
        for path in paths:
            name = path.relative_to(root).as_posix()
            try:
                yield Item(name, read_picture(path, bits))
            except UnreadablePictureError as error:
                yield Item(name, None, str(error))

    return Items(pictures(), len(paths), moving=False)
