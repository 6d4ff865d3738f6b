"""From a camera frame to the student's picture: the first nodes of every graph, and the same nodes alone for training.

The student is trained on what these nodes make, so that no second preprocessing exists that could differ.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]

from linewatch.compiler.graph.runtime import open_session
from linewatch.compiler.graph.writer import INT32, INT64, UINT8, GraphWriter, tensor
from linewatch.compiler.sample import is_stack
from linewatch.compiler.teacher import UInt8Array
from linewatch.protos.bundle.check import MAX_FRAME_SIDE

COLOURS = 3
_FURTHEST = 1.5
"""Pixels of the frame that may lie between two taps."""


@dataclass(frozen=True)
class Shrink:
    """Frames uint8[N, H, W, 3] of any size to pictures of `size` = (height, width) pixels: a box filter.

    A pixel of the picture is the mean of `taps` (rows, columns) pixels of the frame, evenly spread over what the pixel
    covers; both are powers of two. In this form it is whole rows that are gathered and averaged, first those of the
    frame and then, turned, its columns: a quarter of the time of ONNX Runtime's `Resize`, or less.
    """

    size: tuple[int, int]
    taps: tuple[int, int] = (2, 2)

    @classmethod
    def for_frames(cls, size: tuple[int, int], height: int, width: int) -> "Shrink":
        """The steps for frames of about `height` x `width` pixels."""
        return cls(size, (_taps(height, size[0]), _taps(width, size[1])))

    @property
    def sampled(self) -> tuple[int, int]:
        """(height, width): how many pixels of a frame it looks at, in the middles of as many equal parts."""
        return self.taps[0] * self.size[0], self.taps[1] * self.size[1]

    def write(self, writer: GraphWriter, frames: str) -> str:
        """Append the nodes; gives the name of the pictures, uint8[N, 3, height, width]."""
        height, width = self.size
        size = writer.node("Cast", [writer.node("Shape", [frames])], to=INT32)
        rows = self._gathered(writer, frames, size, axis=1)
        turned = _swapped(writer, rows, [0, height, -1], [0, -1, COLOURS * height])
        columns = self._gathered(writer, turned, size, axis=2)
        return _swapped(writer, columns, [0, width, -1], [0, COLOURS, height, width])

    def _gathered(self, writer: GraphWriter, x: str, size: str, axis: int) -> str:
        """The mean of the taps along the second axis of `x`, which was number `axis` of the frames of `size`."""
        taps, side = self.taps[axis - 1], self.size[axis - 1]
        kind = _kind(taps, side)
        length = writer.node("Gather", [size, writer.constant([axis], np.int64)], axis=0)
        if kind is np.int64:
            length = writer.node("Cast", [length], to=INT64)
        halves = 2 * taps * np.arange(side) + 1 + 2 * np.arange(taps)[:, None]
        scaled = writer.node("Mul", [writer.constant(halves, kind), length])
        places = writer.node("Div", [scaled, writer.constant(2 * taps * side, kind)])
        return _mean(
            writer,
            [
                writer.node("Gather", [x, _row(writer, places, index)], axis=1)  # whole rows of `x`: long copies
                for index in range(taps)
            ],
        )

    def __call__(self, frames: Sequence[UInt8Array]) -> UInt8Array:
        """Pictures uint8[N, height, width, 3] of frames of any sizes, or uint8[N, T, height, width, 3] of stacks."""
        made = [self._session.run(None, {"frames": frame if is_stack(frame) else frame[None]})[0] for frame in frames]
        if made and is_stack(frames[0]):
            return np.stack(made)
        return np.concatenate(made) if made else np.zeros((0, *self.size, COLOURS), np.uint8)

    @cached_property
    def _session(self) -> ort.InferenceSession:
        writer = GraphWriter()
        writer.node("Transpose", [self.write(writer, "frames")], output="pictures", perm=[0, 2, 3, 1])
        model = writer.model(
            "shrink",
            [tensor("frames", UINT8, ["N", "H", "W", COLOURS])],
            [tensor("pictures", UINT8, ["N", *self.size, COLOURS])],
        )
        return open_session(model.SerializeToString())


def _taps(length: int, side: int) -> int:
    if length == side:
        return 1
    return int(2 ** max(1, math.ceil(math.log2(length / side / _FURTHEST))))


def _kind(taps: int, side: int) -> type[np.int32] | type[np.int64]:
    """Of numbers that hold the places in frames of any size; the smaller one is the faster."""
    return np.int32 if 2 * taps * side * MAX_FRAME_SIDE < 1 << 31 else np.int64


def _row(writer: GraphWriter, matrix: str, index: int) -> str:
    return writer.node("Gather", [matrix, writer.constant(index, np.int64)], axis=0)


def _swapped(writer: GraphWriter, x: str, rows: list[int], result: list[int]) -> str:
    """Read `x` as [N, rows, columns], swap the last two, and read that as `result`; 0 keeps a dimension."""
    matrix = writer.node("Reshape", [x, writer.constant(rows, np.int64)])
    turned = writer.node("Transpose", [matrix], perm=[0, 2, 1])
    return writer.node("Reshape", [turned, writer.constant(result, np.int64)])


def _mean(writer: GraphWriter, parts: list[str]) -> str:
    """The mean of uint8 tensors, a power of two of them; runtimes know the pattern as one integer kernel."""
    if len(parts) == 1:
        return parts[0]
    one, two = writer.constant(1.0, np.float32), writer.constant(2.0, np.float32)
    zero = writer.constant(0, np.uint8)
    while len(parts) > 1:
        numbers = [writer.node("DequantizeLinear", [part, one, zero]) for part in parts]
        sums = [writer.node("Add", list(pair)) for pair in zip(numbers[::2], numbers[1::2], strict=True)]
        parts = [writer.node("QuantizeLinear", [total, two, zero]) for total in sums]
    return parts[0]
