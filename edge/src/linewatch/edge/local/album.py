"""The pictures that taught, kept so that another bundle can be taught the same."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import cv2

from linewatch.edge.capture.picture import UInt8Array
from linewatch.edge.capture.pictures import read_picture
from linewatch.edge.errors import SourceError, TeachingRefused
from linewatch.edge.update.durable import guarding_disk, write_whole

MOST_BYTES = 256 << 20
"""All pictures together."""


def as_png(pixels: UInt8Array) -> tuple[str, bytes]:
    """SHA-256 and bytes of a PNG file of `pixels`, uint8[H, W, 3] RGB."""
    data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()
    return hashlib.sha256(data).hexdigest(), data


class Album:
    """A folder of PNG files named by their SHA-256."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`; it is made with the first picture."""
        self._folder = folder

    def keep(self, pictures: Mapping[str, bytes]) -> None:
        """Keep pictures by their SHA-256.

        Raises:
            TeachingRefused: there would be too many.
            DiskFull, StateUnwritable: the disk refused.
        """
        if not pictures:
            return
        with guarding_disk(f"keep pictures in {self._folder}"):
            self._folder.mkdir(parents=True, exist_ok=True)
            held = sum(path.stat().st_size for path in self._folder.iterdir())
            if held + sum(map(len, pictures.values())) > MOST_BYTES:
                raise TeachingRefused(
                    f"the pictures that taught this device would take more than {MOST_BYTES >> 20} MB: take older "
                    "changes back with `linewatch-edge local undo`"
                )
            for name, data in pictures.items():
                write_whole(self._folder / f"{name}.png", data)

    def read(self, name: str) -> UInt8Array:
        """The picture with this SHA-256.

        Raises:
            SourceError: it is not here, or was changed.
        """
        path = self._folder / f"{name}.png"
        try:
            changed = hashlib.sha256(path.read_bytes()).hexdigest() != name
        except OSError as error:
            raise SourceError(f"cannot read {path}: {error.strerror}") from error
        if changed:
            raise SourceError(f"{path} was changed since it taught this device")
        return read_picture(path)

    def keep_only(self, names: Iterable[str]) -> None:
        """Remove every other picture."""
        wanted = {f"{name}.png" for name in names}
        if self._folder.is_dir():
            with guarding_disk(f"tidy {self._folder}"):
                for path in self._folder.iterdir():
                    if path.name not in wanted:
                        path.unlink(missing_ok=True)
