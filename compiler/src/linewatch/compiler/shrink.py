"""From a camera frame to the student's picture: the first nodes of every graph, and the same nodes alone for training.

The student is trained on what these nodes make, so that no second preprocessing exists that could differ.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]

from linewatch.compiler.graph import UINT8, GraphWriter, tensor
from linewatch.compiler.runtime import open_session
from linewatch.compiler.teacher import UInt8Array


@dataclass(frozen=True)
class Shrink:
    """Frames uint8[N, H, W, 3] to pictures uint8[N, side, side, 3], bilinear.

    Frames much larger than the picture are first averaged `reduce` times by 2 in height and width, because
    a bilinear step of more than 2 skips pixels.
    """

    side: int
    reduce: tuple[int, int] = (0, 0)

    @classmethod
    def for_frames(cls, side: int, height: int, width: int) -> "Shrink":
        """The steps for frames of about `height` x `width` pixels."""
        return cls(side, (_halvings(height, side), _halvings(width, side)))

    def write(self, writer: GraphWriter, frames: str, output: str = "") -> str:
        """Append the nodes; gives the name of the pictures."""
        rows, columns = self.reduce
        size = [self.side << rows, self.side << columns]
        for step in range(max(rows, columns) + 1):
            last = step == max(rows, columns)
            sizes = writer.constant([max(self.side, length >> step) for length in size], np.int64)
            frames = writer.node(
                "Resize",
                [frames, "", "", sizes],
                output=output if last else "",
                mode="linear",
                axes=[1, 2],
                coordinate_transformation_mode="half_pixel",
            )
        return frames

    def __call__(self, frames: Sequence[UInt8Array]) -> UInt8Array:
        """Pictures uint8[N, side, side, 3] of frames of any sizes."""
        made = [self._session.run(None, {"frames": frame[None]})[0] for frame in frames]
        return np.concatenate(made) if made else np.zeros((0, self.side, self.side, 3), np.uint8)

    @cached_property
    def _session(self) -> ort.InferenceSession:
        writer = GraphWriter()
        self.write(writer, "frames", output="pictures")
        model = writer.model(
            "shrink",
            [tensor("frames", UINT8, ["N", "H", "W", 3])],
            [tensor("pictures", UINT8, ["N", self.side, self.side, 3])],
        )
        return open_session(model.SerializeToString())


def _halvings(length: int, side: int) -> int:
    """How many halvings leave the first bilinear step below a factor of 3."""
    return max(0, int(math.log2(length / (1.5 * side))))
