"""A picture on its way through the agent."""

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from linewatch.edge.capture.mask import Mask

UInt8Array: TypeAlias = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One frame of one camera.

    Attributes:
        camera: name of the camera.
        number: counts the frames of the camera from 0, skipped ones too.
        pixels: uint8[H, W, 3], RGB, C-contiguous. Passed along without a copy: nobody writes to it.
        time_unix_ns: wall clock at capture, for people.
        clock_s: monotonic clock at capture in seconds, for intervals.
        before: pixels of the frames before it, the oldest first: as many as the serving bundle looks at.
        part: number of the part of the line that it shows, as a trigger named it; 0 for none.
        mask: what is not to be looked at; None for nothing.
    """

    camera: str
    number: int
    pixels: UInt8Array
    time_unix_ns: int
    clock_s: float
    before: tuple[UInt8Array, ...] = ()
    part: int = 0
    mask: Mask | None = None

    def kept(self) -> "Frame":
        """The same frame in memory of its own, to be kept for long: a camera has few slots to lend.

        What is not to be looked at is black: frames that are kept are shown.
        """
        pixels = self.pixels.copy()
        if self.mask is not None:
            self.mask.paint(pixels)
        return replace(self, pixels=pixels, before=())
