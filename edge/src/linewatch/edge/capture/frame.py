"""A picture on its way through the agent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from linewatch.edge.capture.mask import Mask
from linewatch.edge.capture.picture import Picture, Pixels, UInt8Array, as_picture

__all__ = ["Frame", "UInt8Array"]


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Frame:
    """One frame of one camera.

    Attributes:
        camera: name of the camera.
        number: counts the frames of the camera from 0, skipped ones too.
        picture: what it shows. Passed along without a copy: nobody writes to it.
        time_unix_ns: wall clock at capture, for people.
        clock_s: monotonic clock at capture in seconds, for intervals.
        before: the frames before it, the oldest first: as many as the serving bundle looks at.
        part: number of the part of the line that it shows, as a trigger named it; 0 for none.
        mask: what is not to be looked at; None for nothing.
    """

    camera: str
    number: int
    picture: Picture
    time_unix_ns: int
    clock_s: float
    before: tuple[Picture, ...]
    part: int
    mask: Mask | None

    def __init__(
        self,
        camera: str,
        number: int,
        picture: Pixels,
        time_unix_ns: int,
        clock_s: float,
        before: Sequence[Pixels] = (),
        part: int = 0,
        mask: Mask | None = None,
    ) -> None:
        """Arrays are taken for pictures, without a copy."""
        keep = object.__setattr__
        keep(self, "camera", camera)
        keep(self, "number", number)
        keep(self, "picture", as_picture(picture))
        keep(self, "time_unix_ns", time_unix_ns)
        keep(self, "clock_s", clock_s)
        keep(self, "before", tuple(map(as_picture, before)))
        keep(self, "part", part)
        keep(self, "mask", mask)

    def kept(self) -> "Frame":
        """The same frame in memory of its own, to be kept for long: a camera has few slots to lend.

        What is not to be looked at is black: frames that are kept are shown.
        """
        picture = self.picture.kept()
        if self.mask is not None:
            pixels = picture.rgb()
            self.mask.paint(pixels)
            picture = as_picture(pixels)
        return replace(self, picture=picture, before=())
