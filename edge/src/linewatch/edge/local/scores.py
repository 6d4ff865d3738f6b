"""Scores of normal frames as they are taken in, with what a signed change says of them."""

import hashlib
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from linewatch.edge.capture.picture import Pixels, as_picture
from linewatch.edge.local.change import Basis
from linewatch.edge.local.threshold import independent


def fingerprint(pixels: Pixels) -> bytes:
    """SHA-256 of the pixels of a frame, in the form in which they came."""
    digest = hashlib.sha256()
    for plane in as_picture(pixels).planes:
        digest.update(np.ascontiguousarray(plane).data)
    return digest.digest()


@dataclass(kw_only=True)
class Scores:
    """Collects scores.

    Attributes:
        moving: they are of consecutive frames of one view, which resemble each other.
        cameras: names of the cameras that show them; empty for files.
        values: the scores so far. Equal frames count once: copies prove nothing.
    """

    moving: bool
    cameras: tuple[str, ...] = ()
    values: list[float] = field(default_factory=list)
    _seen: set[bytes] = field(default_factory=set)
    _frames: Any = field(default_factory=hashlib.sha256)
    _from_unix_ns: int = 0
    _until_unix_ns: int = 0

    def add(self, pixels: Pixels, score: float) -> None:
        """Take in a frame that was judged now."""
        self.take(fingerprint(pixels), score)

    def take(self, identity: bytes, score: float) -> None:
        """Take in the score of a frame that `identity` tells from others."""
        self._until_unix_ns = time.time_ns()
        self._from_unix_ns = self._from_unix_ns or self._until_unix_ns
        if identity not in self._seen:
            self._seen.add(identity)
            self._frames.update(identity)
            self.values.append(score)

    @property
    def worth(self) -> float:
        """As how many independent frames they count."""
        return independent(self.values) if self.moving else float(len(self.values))

    def basis(self) -> Basis:
        """What a change that rests on them says of them; there must be one."""
        return Basis(
            frames=len(self.values),
            worth=max(self.worth, 1.0),
            cameras=self.cameras,
            from_unix_ns=self._from_unix_ns,
            until_unix_ns=self._until_unix_ns,
            sha256=self._frames.hexdigest(),
        )
