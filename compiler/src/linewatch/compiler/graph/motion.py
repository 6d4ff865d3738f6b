"""Writes the head that knows how things move at each place."""

import numpy as np

from linewatch.compiler.graph.constants import MOTION_FACTOR, MOTION_MEAN
from linewatch.compiler.graph.opinion import Normal, Opinion, Seen, as_array, axes, by_place, reshape
from linewatch.compiler.graph.shrink import COLOURS
from linewatch.compiler.graph.writer import GraphWriter
from linewatch.compiler.student import motion
from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.student.student import Student

_END = np.iinfo(np.int32).max
"""Where a slice goes on to the end."""


def write_motion(writer: GraphWriter, student: Student, seen: Seen) -> Opinion:
    """The nodes of the head for motion: see `Motion`."""
    grey = _grey(writer, seen.pictures, student.shape)
    now, before, first = (_frame(writer, grey, place) for place in (-1, -2, 0))
    change = writer.node("Sub", [now, before])
    halfway = writer.node("Mul", [writer.node("Add", [now, before]), _number(writer, 0.5)])
    slopes = writer.constant(as_array(student.motion.slopes), np.float32)
    gradient = writer.node("Conv", [halfway, slopes], kernel_shape=[3, 3], pads=[1] * 4)
    across, down = (_frame(writer, gradient, place) for place in (0, 1))
    pairs = [(across, across), (down, down), (across, down), (across, change), (down, change)]
    products = [writer.node("Mul", list(pair)) for pair in pairs]
    changes = [writer.node("Abs", [one]) for one in (change, writer.node("Sub", [now, first]))]
    rows = writer.constant(as_array(student.motion.rows), np.float32)
    columns = writer.constant(as_array(student.motion.columns.T), np.float32)
    means = writer.node("MatMul", [rows, writer.node("Concat", [*products, *changes], axis=1)])
    cells = writer.node("MatMul", [means, columns])
    xx, yy, xy, xt, yt, late, early = (_frame(writer, cells, place) for place in range(7))
    steady, noise = (_number(writer, value) for value in (motion.STEADY, motion.NOISE))
    xx, yy = (writer.node("Add", [one, steady]) for one in (xx, yy))
    whole = _less(writer, (xx, yy), (xy, xy))
    flow = [writer.node("Div", [_less(writer, (xy, yt), (yy, xt)), whole])]
    flow.append(writer.node("Div", [_less(writer, (xy, xt), (xx, yt)), whole]))
    amounts = [writer.node("Log", [writer.node("Add", [one, noise])]) for one in (late, early)]
    normality = student.motion.normality
    normal = Normal(normality.mean, normality.factor, (MOTION_MEAN, MOTION_FACTOR))
    return by_place(writer, writer.node("Concat", [*flow, *amounts], axis=1), normal, student.shape)


def _grey(writer: GraphWriter, pictures: str, shape: StudentShape) -> str:
    """Grey pictures float32[N, T, height / 2, width / 2], a little blurred."""
    height, width = (side // motion.FINE for side in shape.size)
    scale, zero = writer.constant(1.0, np.float32), writer.constant(0, np.uint8)
    colours = writer.node("DequantizeLinear", [pictures, scale, zero])
    share = np.full((1, COLOURS, motion.FINE, motion.FINE), 1 / (COLOURS * motion.FINE**2))
    grey = writer.node(
        "Conv",
        [colours, writer.constant(share, np.float32)],
        kernel_shape=[motion.FINE] * 2,
        strides=[motion.FINE] * 2,
    )
    return _blurred(writer, _as_bright(writer, reshape(writer, grey, [-1, shape.frames, height, width])))


def _as_bright(writer: GraphWriter, frames: str) -> str:
    """Frames [N, T, h, w], all of them as bright as the last one."""
    mean = writer.node("ReduceMean", [frames, axes(writer, 2, 3)], keepdims=1)
    light = writer.node("Add", [mean, _number(writer, motion.DARK)])
    return writer.node("Mul", [frames, writer.node("Div", [_frame(writer, light, -1), light])])


def _blurred(writer: GraphWriter, frames: str) -> str:
    """The mean of 3 x 3 pixels, those at the border repeated: sums of shifted frames, an eighth of a pooling's time."""
    for axis in (2, 3):
        first, last = (_cut(writer, frames, axis, *part) for part in ((0, 1), (-1, _END)))
        padded = writer.node("Concat", [first, frames, last], axis=axis)
        parts = [_cut(writer, padded, axis, start, stop) for start, stop in ((0, -2), (1, -1), (2, _END))]
        total = writer.node("Add", [writer.node("Add", parts[:2]), parts[2]])
        frames = writer.node("Mul", [total, _number(writer, 1 / 3)])
    return frames


def _cut(writer: GraphWriter, x: str, axis: int, start: int, stop: int) -> str:
    limits = [writer.constant([number], np.int64) for number in (start, stop, axis)]
    return writer.node("Slice", [x, *limits])


def _number(writer: GraphWriter, value: float) -> str:
    return writer.constant(value, np.float32)


def _frame(writer: GraphWriter, x: str, place: int) -> str:
    """Number `place` along the second axis of `x`, which is kept."""
    return writer.node("Gather", [x, writer.constant([place], np.int64)], axis=1)


def _less(writer: GraphWriter, first: tuple[str, str], second: tuple[str, str]) -> str:
    """One product less another one."""
    return writer.node("Sub", [writer.node("Mul", list(first)), writer.node("Mul", list(second))])
