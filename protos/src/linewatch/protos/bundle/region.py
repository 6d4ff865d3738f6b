"""The part of a camera's frame that a bundle looks at."""

from dataclasses import dataclass

from linewatch.protos import bundle_pb2 as pb

STEPS = 1 << 15
"""Places along a side of the frame where an edge may lie: more than a side has pixels, so that each can be named, and
few enough for 32-bit integers, in which graphs compute.
"""


@dataclass(frozen=True, kw_only=True)
class RegionOfInterest:
    """Shares of the frame's width and height, from its left and top: the same part of the scene at any resolution."""

    left: float
    top: float
    width: float
    height: float

    @classmethod
    def from_proto(cls, message: pb.RegionOfInterest) -> "RegionOfInterest":
        """Read the message."""
        return cls(left=message.left, top=message.top, width=message.width, height=message.height)

    def to_proto(self) -> pb.RegionOfInterest:
        """Write the message."""
        return pb.RegionOfInterest(left=self.left, top=self.top, width=self.width, height=self.height)

    @property
    def lies_in_the_frame(self) -> bool:
        """Whether it is a part of the frame, and not an empty one."""
        rows, columns = self.steps
        inside = self.left >= 0 and self.top >= 0 and rows[1] <= STEPS and columns[1] <= STEPS
        return inside and rows[0] < rows[1] and columns[0] < columns[1]

    @property
    def steps(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """(top, bottom) and (left, right) in whole steps of 1 / `STEPS` of the frame."""
        rows, columns = (self.top, self.top + self.height), (self.left, self.left + self.width)
        return (_step(rows[0]), _step(rows[1])), (_step(columns[0]), _step(columns[1]))

    def pixels(self, height: int, width: int) -> tuple[slice, slice]:
        """Rows and columns of a frame of `height` x `width` pixels; edges are rounded to the nearest pixel."""
        rows, columns = self.steps
        return _pixels(rows, height), _pixels(columns, width)

    def frame_around(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of a frame whose region has exactly `height` x `width` pixels."""
        rows, columns = self.steps
        return _length_around(rows, height), _length_around(columns, width)


def _step(share: float) -> int:
    return round(share * STEPS)


def _pixels(edges: tuple[int, int], length: int) -> slice:
    first, last = ((edge * length + STEPS // 2) // STEPS for edge in edges)
    return slice(first, last)


def _length_around(edges: tuple[int, int], wanted: int) -> int:
    """The length nearest to what the shares say.

    There is one: with each pixel more, the region's length changes by one at most.
    """
    near, step = round(wanted * STEPS / (edges[1] - edges[0])), 0
    while True:
        for length in (near + step, near - step):
            found = _pixels(edges, length)
            if found.stop - found.start == wanted:
                return length
        step += 1
