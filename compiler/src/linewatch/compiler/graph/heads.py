"""Writes the heads of a student: from the stages of its trunk to an opinion."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from linewatch.compiler.graph.shrink import COLOURS
from linewatch.compiler.graph.writer import GraphWriter
from linewatch.compiler.normal.moments import REGION
from linewatch.compiler.student import motion
from linewatch.compiler.student.discriminator import TEMPERATURE
from linewatch.compiler.student.embedding import FOCUS
from linewatch.compiler.student.shape import DISCRIMINATOR, GAUSSIAN, MOTION, StudentShape
from linewatch.compiler.student.student import SMOOTH_CELLS, Student
from linewatch.compiler.student.trunk import DEEP, MIDDLE, POOLED_CELLS
from linewatch.compiler.teacher import FloatArray

MEAN, FACTOR, TYPICAL = "normal_mean", "normal_factor", "typical"
"""Names of the large constants of normality and embedding, which `quantize` stores in 8 bits."""

MOTION_MEAN, MOTION_FACTOR = "motion_mean", "motion_factor"

HALVES = ("to_middle", "to_deep", "found_middle", "found_deep", "found_around", MOTION_MEAN, MOTION_FACTOR)
"""Names of the weights of the heads, which `quantize` stores in 16 bits."""


@dataclass(frozen=True)
class Opinion:
    """Names of what one head gives: map float32[N, 1, h, w], score [N]."""

    map: str
    score: str


@dataclass(frozen=True)
class Seen:
    """Names of what heads look at: both stages of the trunk, and all pictures uint8[N * T, 3, height, width]."""

    middle: str
    deep: str
    pictures: str


@dataclass(frozen=True)
class Normal:
    """Mean [C, h, w] and factor [R, C, C] of normal features, and the names of both in the graph."""

    mean: torch.Tensor
    factor: torch.Tensor
    names: tuple[str, str]


def write_gaussian(writer: GraphWriter, student: Student, seen: Seen) -> Opinion:
    """The nodes of the Gaussian. Channels come last: so the cells of a region are moved in long runs.

    The 1 x 1 convolutions come before the pooling, which is the same and pools fewer channels.
    """
    *weights, bias = student.projection.folded(student.trunk)
    features = _projected(writer, (weights[0], weights[1]), seen, ("to_middle", "to_deep"), pool=True)
    normal = Normal(student.normality.mean - bias[:, None, None], student.normality.factor, (MEAN, FACTOR))
    return _by_place(writer, features, normal, student.shape)


def _by_place(writer: GraphWriter, features: str, normal: "Normal", shape: StudentShape) -> Opinion:
    """How far features [N, C, h, w] are from what is normal at each place."""
    (height, width), channels = shape.grid, normal.mean.shape[0]
    rows, columns = height // REGION, width // REGION
    mean = writer.constant(as_array(normal.mean.permute(1, 2, 0)), np.float32, name=normal.names[0])
    factor = writer.constant(as_array(normal.factor), np.float32, name=normal.names[1])
    centred = writer.node("Sub", [writer.node("Transpose", [features], perm=[0, 2, 3, 1]), mean])
    split = reshape(writer, centred, [0, rows, REGION, columns, REGION * channels])
    turned = writer.node("Transpose", [split], perm=[0, 1, 3, 2, 4])
    regions = reshape(writer, turned, [0, rows * columns, REGION**2, channels])
    deviations = writer.node("MatMul", [regions, writer.node("Transpose", [factor], perm=[0, 2, 1])])
    cells = writer.node("Sqrt", [writer.node("ReduceSumSquare", [deviations, _axes(writer, 3)], keepdims=0)])
    on_grid = writer.node(
        "Transpose", [reshape(writer, cells, [0, rows, columns, REGION, REGION])], perm=[0, 1, 3, 2, 4]
    )
    pad = SMOOTH_CELLS // 2
    smooth = writer.node(
        "AveragePool",
        [reshape(writer, on_grid, [0, 1, height, width])],
        kernel_shape=[SMOOTH_CELLS] * 2,
        pads=[pad] * 4,
    )
    return Opinion(smooth, _top(writer, smooth, shape.grid, shape.score_cells))


def write_discriminator(writer: GraphWriter, student: Student, seen: Seen) -> Opinion:
    """The nodes of the discriminator."""
    head = student.discriminator
    *weights, bias = head.projection.folded(student.trunk)
    projected = _projected(writer, (weights[0], weights[1]), seen, ("found_middle", "found_deep"), pool=False)
    shifted = writer.node("Add", [projected, writer.constant(as_array(bias)[:, None, None], np.float32)])
    kernel = writer.constant(as_array(head.decision.around.weight), np.float32, name="found_around")
    assert head.decision.around.bias is not None
    around = [writer.node("Relu", [shifted]), kernel, writer.constant(as_array(head.decision.around.bias), np.float32)]
    found = writer.node("Relu", [writer.node("Conv", around, kernel_shape=[3, 3], pads=[1, 1, 1, 1])])
    assert head.decision.last.bias is not None
    last = [as_array(head.decision.last.weight) / TEMPERATURE, as_array(head.decision.last.bias) / TEMPERATURE]
    logits = writer.node("Conv", [found, *(writer.constant(one, np.float32) for one in last)], kernel_shape=[1, 1])
    strange = writer.node("Softplus", [logits])
    return Opinion(strange, _top(writer, strange, student.shape.grid, student.shape.found_cells))


def write_motion(writer: GraphWriter, student: Student, seen: Seen) -> Opinion:
    """The nodes of the head for motion: see `Motion`."""
    grey = _grey(writer, seen.pictures, student.shape)
    now, before, first = (_frame(writer, grey, place) for place in (-1, -2, 0))
    change = writer.node("Sub", [now, before])
    halfway = writer.node("Mul", [writer.node("Add", [now, before]), writer.constant(0.5, np.float32)])
    slopes = writer.constant(as_array(student.motion.slopes), np.float32)
    gradient = writer.node("Conv", [halfway, slopes], kernel_shape=[3, 3], pads=[1] * 4)
    across, down = (_frame(writer, gradient, place) for place in (0, 1))
    pairs = [(across, across), (down, down), (across, down), (across, change), (down, change)]
    products = [writer.node("Mul", list(pair)) for pair in pairs]
    changes = [writer.node("Abs", [one]) for one in (change, writer.node("Sub", [now, first]))]
    cells = writer.node(
        "AveragePool",
        [writer.node("Concat", [*products, *changes], axis=1)],
        kernel_shape=[motion.CELL] * 2,
        strides=[motion.CELL] * 2,
    )
    xx, yy, xy, xt, yt, late, early = (
        _frame(writer, _averaged(writer, cells, motion.AROUND), place) for place in range(7)
    )
    steady, noise = (writer.constant(value, np.float32) for value in (motion.STEADY, motion.NOISE))
    xx, yy = (writer.node("Add", [one, steady]) for one in (xx, yy))
    whole = _less(writer, (xx, yy), (xy, xy))
    flow = [writer.node("Div", [_less(writer, (xy, yt), (yy, xt)), whole])]
    flow.append(writer.node("Div", [_less(writer, (xy, xt), (xx, yt)), whole]))
    amounts = [writer.node("Log", [writer.node("Add", [one, noise])]) for one in (late, early)]
    normality = student.motion.normality
    normal = Normal(normality.mean, normality.factor, (MOTION_MEAN, MOTION_FACTOR))
    return _by_place(writer, writer.node("Concat", [*flow, *amounts], axis=1), normal, student.shape)


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
    return _averaged(writer, reshape(writer, grey, [-1, shape.frames, height, width]), motion.BLUR)


def _averaged(writer: GraphWriter, x: str, side: int) -> str:
    return writer.node("AveragePool", [x], kernel_shape=[side] * 2, pads=[side // 2] * 4)


def _frame(writer: GraphWriter, x: str, place: int) -> str:
    """Number `place` along the second axis of `x`, which is kept."""
    return writer.node("Gather", [x, writer.constant([place], np.int64)], axis=1)


def _less(writer: GraphWriter, first: tuple[str, str], second: tuple[str, str]) -> str:
    """One product less another one."""
    return writer.node("Sub", [writer.node("Mul", list(first)), writer.node("Mul", list(second))])


def write_embedding(writer: GraphWriter, student: Student, seen: Seen, maps: str, output: str) -> None:
    """The nodes of the embedding, from the anomaly map [N, 1, h, w].

    Deep stage and what is typical are summed by the same weights before the one is taken from the other.
    """
    places = student.shape.grid[0] * student.shape.grid[1] // 4
    weight = writer.node("AveragePool", [maps], kernel_shape=[2, 2], strides=[2, 2])
    weight = writer.node("Div", [weight, writer.node("ReduceMax", [weight, _axes(writer, 2, 3)], keepdims=1)])
    for _ in range(FOCUS):
        weight = writer.node("Mul", [weight, weight])
    share = writer.node("Div", [weight, writer.node("ReduceSum", [weight, _axes(writer, 2, 3)], keepdims=1)])
    column = reshape(writer, share, [0, places, 1])
    shown = writer.node("MatMul", [reshape(writer, seen.deep, [0, DEEP, places]), column])
    trunk, typical = student.trunk, student.embedding.typical
    centre, scale = (as_array(value[MIDDLE:, :, 0]) for value in (trunk.centre, trunk.scale))
    if typical.shape[1] > 1:
        table = writer.constant(as_array(typical).reshape(DEEP, places) * scale + centre, np.float32, name=TYPICAL)
        usual = writer.node("MatMul", [table, column])
    else:
        usual = writer.constant(as_array(typical)[:, :, 0] * scale + centre, np.float32)
    apart = writer.node("Mul", [writer.node("Sub", [shown, usual]), writer.constant(1 / scale, np.float32)])
    writer.node("Squeeze", [apart, _axes(writer, 2)], output=output)


HEADS: Mapping[str, Callable[[GraphWriter, Student, Seen], Opinion]] = {
    GAUSSIAN: write_gaussian,
    DISCRIMINATOR: write_discriminator,
    MOTION: write_motion,
}


def _projected(
    writer: GraphWriter,
    weights: tuple[torch.Tensor, torch.Tensor],
    seen: Seen,
    names: tuple[str, str],
    *,
    pool: bool,
) -> str:
    """The projection, without its bias, by the folded weights of both its convolutions."""
    fine, coarse = (
        _dense(writer, stage, weight, name)
        for stage, weight, name in zip((seen.middle, seen.deep), weights, names, strict=True)
    )
    if pool:
        fine, coarse = _pooled(writer, fine), _pooled(writer, coarse)
    scales = writer.constant([1, 1, 2, 2], np.float32)
    upsampled = writer.node("Resize", [coarse, "", scales], mode="linear", coordinate_transformation_mode="half_pixel")
    return writer.node("Add", [fine, upsampled])


def _dense(writer: GraphWriter, x: str, weight: torch.Tensor, name: str) -> str:
    """A 1 x 1 convolution without bias."""
    kernel = writer.constant(as_array(weight)[:, :, None, None], np.float32, name=name)
    return writer.node("Conv", [x, kernel], kernel_shape=[1, 1])


def _pooled(writer: GraphWriter, x: str) -> str:
    pad = POOLED_CELLS // 2
    return writer.node("AveragePool", [x], kernel_shape=[POOLED_CELLS] * 2, pads=[pad] * 4, count_include_pad=1)


def _top(writer: GraphWriter, maps: str, grid: tuple[int, int], cells: int) -> str:
    """The mean of the highest cells of each map [N, 1, h, w]."""
    flat = reshape(writer, maps, [0, grid[0] * grid[1]])
    top = writer.nodes("TopK", [flat, writer.constant([cells], np.int64)], 2, axis=1)
    return writer.node("ReduceMean", [top[0], _axes(writer, 1)], keepdims=0)


def _axes(writer: GraphWriter, *axes: int) -> str:
    return writer.constant(list(axes), np.int64)


def reshape(writer: GraphWriter, x: str, shape: list[int]) -> str:
    """`x` in this shape; 0 keeps a dimension as it is."""
    return writer.node("Reshape", [x, writer.constant(shape, np.int64)])


def as_array(value: torch.Tensor) -> FloatArray:
    """The tensor as float32."""
    array: FloatArray = value.detach().cpu().numpy().astype(np.float32)
    return array
