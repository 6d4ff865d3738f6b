"""Frames that speak against the bundle that serves, for the bundle before to judge."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from linewatch.edge.capture.frame import Frame
from linewatch.edge.capture.mask import Mask
from linewatch.edge.capture.picture import Picture

_EACH = 8
MOST_BYTES = 32_000_000
"""Over all cameras."""


@dataclass(frozen=True, slots=True, eq=False)
class Exhibit:
    """A frame that speaks against the serving bundle: copies of it and of the frames before it."""

    camera: str
    picture: Picture
    before: Sequence[Picture]
    mask: Mask | None = None

    @classmethod
    def of(cls, frame: Frame) -> "Exhibit":
        """Copies, for the pixels lie in shared memory, which goes back to the camera."""
        return cls(frame.camera, frame.picture.kept(), [one.kept() for one in frame.before], frame.mask)

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        return self.picture.nbytes + sum(one.nbytes for one in self.before)


class Exhibits:
    """The last few frames of each camera; where they get too large, the camera that takes most gives up its oldest."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        """None yet."""
        self._most_bytes = most_bytes
        self._by_camera: dict[str, deque[Exhibit]] = {}

    def add(self, exhibit: Exhibit) -> None:
        """Keep one; it stays even where it is larger than all of them may be."""
        self._by_camera.setdefault(exhibit.camera, deque(maxlen=_EACH)).append(exhibit)
        while len(every := self.all()) > 1 and sum(one.nbytes for one in every) > self._most_bytes:
            largest = max(self._by_camera.values(), key=lambda kept: sum(one.nbytes for one in kept))
            if largest[0] is exhibit:
                largest = next(kept for kept in self._by_camera.values() if kept and kept[0] is not exhibit)
            largest.popleft()

    def all(self) -> list[Exhibit]:
        """Every one, the oldest of each camera first."""
        return [one for kept in self._by_camera.values() for one in kept]

    def clear(self) -> None:
        """Keep none."""
        self._by_camera.clear()
