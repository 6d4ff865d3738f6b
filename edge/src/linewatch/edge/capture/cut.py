"""The part of a camera's frames that is judged: what is cut out is the frame from then on."""

from dataclasses import dataclass, replace
from typing import Self

from linewatch.edge.capture.picture import Picture, as_picture
from linewatch.edge.capture.source import FrameSource, about
from linewatch.edge.capture.stream import FrameStream, Shot
from linewatch.edge.errors import ConfigurationError, SourceError
from linewatch.protos.bundle import RegionOfInterest

Numbers = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class FrameRegion:
    """A part of the frame, from the left and the top: shares of it where no number is above 1, pixels otherwise."""

    left: float
    top: float
    width: float
    height: float

    @classmethod
    def of(cls, numbers: Numbers) -> Self:
        """The region of (left, top, width, height).

        Raises:
            ConfigurationError: no frame has such a part.
        """
        region = cls(*numbers)
        if min(numbers) < 0 or min(region.width, region.height) <= 0:
            raise ConfigurationError(f"the region {region} is empty or begins outside the frame")
        if region.in_pixels and any(number != int(number) for number in numbers):
            raise ConfigurationError(f"the region {region} has halves of pixels: write whole ones, or shares up to 1")
        if not region.in_pixels and not region._shares.lies_in_the_frame:
            raise ConfigurationError(
                f"the region {region} leaves the frame: its left edge and width together, and its top edge and height, "
                "are 1 at most"
            )
        return region

    @property
    def in_pixels(self) -> bool:
        """Whether its numbers are pixels."""
        return max(self.left, self.top, self.width, self.height) > 1

    def cut(self, picture: Picture) -> Picture:
        """The region of a frame; see `Picture.part`.

        Raises:
            SourceError: it leaves the frame, or has no pixel of it.
        """
        height, width = picture.height, picture.width
        rows, columns = self._places(height, width)
        if rows.stop > height or columns.stop > width or rows.start >= rows.stop or columns.start >= columns.stop:
            raise SourceError(f"the region {self} is not within frames of {width} x {height} pixels")
        return picture.part(rows, columns)

    @property
    def _shares(self) -> RegionOfInterest:
        return RegionOfInterest(left=self.left, top=self.top, width=self.width, height=self.height)

    def _places(self, height: int, width: int) -> tuple[slice, slice]:
        if not self.in_pixels:
            return self._shares.pixels(height, width)
        left, top = int(self.left), int(self.top)
        return slice(top, top + int(self.height)), slice(left, left + int(self.width))

    def __str__(self) -> str:
        return f"{self.left:g},{self.top:g},{self.width:g},{self.height:g}"


class CutSource:
    """A source of which only a region is seen."""

    def __init__(self, source: FrameSource, region: FrameRegion) -> None:
        """Cut `region` out of what `source` delivers."""
        self.fps = source.fps
        self.about = about(source)
        self._source = source
        self._region = region

    def read(self) -> Picture | None:
        """The next frame; see `FrameSource.read`. It need not lie in one piece."""
        pixels = self._source.read()
        return None if pixels is None else self._region.cut(as_picture(pixels))

    def close(self) -> None:
        """Close the source."""
        self._source.close()


class CutStream:
    """A stream of which only a region is seen, in memory of its own: for drivers, whose process is not ours."""

    def __init__(self, stream: FrameStream, region: FrameRegion) -> None:
        """Cut `region` out of what `stream` delivers."""
        self._stream = stream
        self._region = region

    @property
    def fps(self) -> float | None:
        """See `FrameStream`."""
        return self._stream.fps

    @property
    def skipped(self) -> int:
        """See `FrameStream`."""
        return self._stream.skipped

    def read(self) -> Shot | None:
        """The next frame; see `FrameStream.read`."""
        shot = self._stream.read()
        return None if shot is None else replace(shot, picture=self._region.cut(shot.picture).kept())

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()
