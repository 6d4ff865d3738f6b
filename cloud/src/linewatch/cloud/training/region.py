"""The region of interest that a user asks for, before the pictures are known."""

from collections.abc import Sequence
from dataclasses import dataclass

from linewatch.cloud.errors import WrongUse
from linewatch.cloud.training.pictures import SMALLEST_SIDE
from linewatch.protos.bundle import RegionOfInterest


@dataclass(frozen=True, kw_only=True)
class AskedRegion:
    """Shares of the frame where no number is above 1, and pixels otherwise; from the left and the top."""

    left: float
    top: float
    width: float
    height: float

    @property
    def in_pixels(self) -> bool:
        """Whether it holds for one size of pictures only."""
        return max(self.left, self.top, self.width, self.height) > 1

    def settled(self, sizes: Sequence[tuple[int, int]]) -> RegionOfInterest:
        """The same in shares of the frame, for pictures of these different (height, width).

        Raises:
            WrongUse: it leaves the frame, is too small, or is in pixels while the pictures differ in size.
        """
        if self.in_pixels and len(sizes) > 1:
            raise WrongUse(
                f"the region is in pixels, but the good pictures have {len(sizes)} different sizes: give it in shares "
                "of the frame, as in 0.25,0,0.5,1"
            )
        rows, columns = sizes[0] if self.in_pixels else (1, 1)
        found = RegionOfInterest(
            left=self.left / columns, top=self.top / rows, width=self.width / columns, height=self.height / rows
        )
        if not found.lies_in_the_frame:
            raise WrongUse(
                f"the region {self} is not within frames of {sizes[0][1]} x {sizes[0][0]} pixels: its left edge and "
                "width together, and its top edge and height, are the whole frame at most, and none is 0 wide or high"
            )
        for size in sizes:
            check_region(found, *size)
        return found

    def __str__(self) -> str:
        return f"{self.left:g},{self.top:g},{self.width:g},{self.height:g}"


def check_region(region: RegionOfInterest, height: int, width: int) -> tuple[slice, slice]:
    """Rows and columns of the region in frames of `height` x `width` pixels.

    Raises:
        WrongUse: too few to learn from.
    """
    rows, columns = region.pixels(height, width)
    found = (columns.stop - columns.start, rows.stop - rows.start)
    if min(found) < SMALLEST_SIDE:
        raise WrongUse(
            f"the region has {found[0]} x {found[1]} of the {width} x {height} pixels of a picture: at least "
            f"{SMALLEST_SIDE} x {SMALLEST_SIDE} are needed, choose a larger one"
        )
    return rows, columns
