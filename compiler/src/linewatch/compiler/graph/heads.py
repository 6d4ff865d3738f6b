"""Writes the heads of a student: from the stages of its trunk to an opinion."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from linewatch.compiler.graph.writer import GraphWriter
from linewatch.compiler.normal.moments import REGION
from linewatch.compiler.student.discriminator import TEMPERATURE
from linewatch.compiler.student.shape import DISCRIMINATOR, GAUSSIAN
from linewatch.compiler.student.student import SMOOTH_CELLS, Student
from linewatch.compiler.student.trunk import POOLED_CELLS
from linewatch.compiler.teacher import FloatArray

MEAN, FACTOR = "normal_mean", "normal_factor"
"""Names of the two large constants of the normality, which `quantize` stores in 8 bits."""

HALVES = ("to_middle", "to_deep", "found_middle", "found_deep", "found_around")
"""Names of the weights of the heads, which `quantize` stores in 16 bits."""


@dataclass(frozen=True)
class Opinion:
    """Names of what one head gives: map float32[N, 1, h, w], score [N], embedding [N, C]."""

    map: str
    score: str
    embedding: str


def write_gaussian(writer: GraphWriter, student: Student, stages: list[str]) -> Opinion:
    """The nodes of the Gaussian. Channels come last: so the cells of a region are moved in long runs.

    The 1 x 1 convolutions come before the pooling, which is the same and pools fewer channels.
    """
    normality, (height, width), channels = student.normality, student.shape.grid, student.shape.features
    rows, columns = normality.rows, normality.columns
    *weights, bias = student.projection.folded(student.trunk)
    features = _projected(writer, (weights[0], weights[1]), stages, ("to_middle", "to_deep"), pool=True)
    mean = writer.constant(as_array((normality.mean - bias[:, None, None]).permute(1, 2, 0)), np.float32, name=MEAN)
    factor = writer.constant(as_array(normality.factor), np.float32, name=FACTOR)
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
    total = writer.node("ReduceSum", [cells, _axes(writer, 1, 2)], keepdims=1)
    share = writer.node("Unsqueeze", [writer.node("Div", [cells, total]), _axes(writer, 2)])
    summed = writer.node("ReduceSum", [writer.node("MatMul", [share, deviations]), _axes(writer, 1)], keepdims=0)
    embedding = writer.node("Squeeze", [summed, _axes(writer, 1)])
    return Opinion(smooth, _top(writer, smooth, student.shape.grid, student.shape.score_cells), embedding)


def write_discriminator(writer: GraphWriter, student: Student, stages: list[str]) -> Opinion:
    """The nodes of the discriminator."""
    head, (height, width) = student.discriminator, student.shape.grid
    *weights, bias = head.projection.folded(student.trunk)
    projected = _projected(writer, (weights[0], weights[1]), stages, ("found_middle", "found_deep"), pool=False)
    shifted = writer.node("Add", [projected, writer.constant(as_array(bias)[:, None, None], np.float32)])
    kernel = writer.constant(as_array(head.decision.around.weight), np.float32, name="found_around")
    assert head.decision.around.bias is not None
    around = [writer.node("Relu", [shifted]), kernel, writer.constant(as_array(head.decision.around.bias), np.float32)]
    found = writer.node("Relu", [writer.node("Conv", around, kernel_shape=[3, 3], pads=[1, 1, 1, 1])])
    assert head.decision.last.bias is not None
    last = [as_array(head.decision.last.weight) / TEMPERATURE, as_array(head.decision.last.bias) / TEMPERATURE]
    logits = writer.node("Conv", [found, *(writer.constant(one, np.float32) for one in last)], kernel_shape=[1, 1])
    strange = writer.node("Softplus", [logits])
    share = writer.node("Div", [strange, writer.node("ReduceSum", [strange, _axes(writer, 2, 3)], keepdims=1)])
    columns = reshape(writer, share, [0, height * width, 1])
    hidden = reshape(writer, found, [0, student.shape.hidden, height * width])
    embedding = writer.node("Squeeze", [writer.node("MatMul", [hidden, columns]), _axes(writer, 2)])
    return Opinion(strange, _top(writer, strange, student.shape.grid, student.shape.found_cells), embedding)


HEADS: Mapping[str, Callable[[GraphWriter, Student, list[str]], Opinion]] = {
    GAUSSIAN: write_gaussian,
    DISCRIMINATOR: write_discriminator,
}


def _projected(
    writer: GraphWriter,
    weights: tuple[torch.Tensor, torch.Tensor],
    stages: list[str],
    names: tuple[str, str],
    *,
    pool: bool,
) -> str:
    """The projection, without its bias, by the folded weights of both its convolutions."""
    first, *others = stages
    fine, coarse = _dense(writer, [first], weights[0], names[0]), _dense(writer, others, weights[1], names[1])
    if pool:
        fine, coarse = _pooled(writer, fine), _pooled(writer, coarse)
    scales = writer.constant([1, 1, 2, 2], np.float32)
    upsampled = writer.node("Resize", [coarse, "", scales], mode="linear", coordinate_transformation_mode="half_pixel")
    return writer.node("Add", [fine, upsampled])


def _dense(writer: GraphWriter, stages: list[str], weight: torch.Tensor, name: str) -> str:
    """One 1 x 1 convolution, without bias, over the stages as if they stood one behind the other."""
    x = writer.node("Concat", stages, axis=1) if len(stages) > 1 else stages[0]
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
