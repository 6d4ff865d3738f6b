"""The teacher as the compiler sees it: anything that turns pictures into features, maps and scores."""

from collections.abc import Sequence
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

UInt8Array: TypeAlias = npt.NDArray[np.uint8]
FloatArray: TypeAlias = npt.NDArray[np.float32]
BoolArray: TypeAlias = npt.NDArray[np.bool_]


class Teacher(Protocol):
    """Judges pictures; implemented in `linewatch.cloud.training`.

    Frames are RGB uint8[H, W, 3] of any size, and one call may mix sizes. Every answer has one row per frame,
    in order. Calls are deterministic: the same frames give the same numbers.
    """

    @property
    def name(self) -> str:
        """A short name of the detector and its backbone, for reports and lineage."""

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns (h, w) of the patch grid; the same for every frame."""

    @property
    def channels(self) -> int:
        """Channels C of a patch feature."""

    @property
    def threshold(self) -> float:
        """Image score from which the teacher calls a picture anomalous, set from good pictures alone."""

    def features(self, frames: Sequence[UInt8Array]) -> FloatArray:
        """Patch features float32[N, h, w, C]; over good pictures mean 0 and deviation 1 a channel."""

    def maps(self, frames: Sequence[UInt8Array]) -> FloatArray:
        """Anomaly maps float32[N, h, w], higher is stranger, in the unit of `scores`."""

    def scores(self, frames: Sequence[UInt8Array]) -> FloatArray:
        """Image scores float32[N], higher is stranger."""
