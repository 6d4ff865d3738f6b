"""What one head of a student says, and what several of them are written with."""

from dataclasses import dataclass

import numpy as np
import torch

from linewatch.compiler.graph.writer import GraphWriter
from linewatch.compiler.normal.moments import REGION
from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.student.student import SMOOTH_CELLS
from linewatch.compiler.teacher import FloatArray


@dataclass(frozen=True)
class Seen:
    """Names of what heads look at: both stages of the trunk, and all pictures uint8[N * T, 3, height, width]."""

    middle: str
    deep: str
    pictures: str


@dataclass(frozen=True)
class Opinion:
    """Names of what one head gives: map float32[N, 1, h, w], score [N]."""

    map: str
    score: str


@dataclass(frozen=True)
class Normal:
    """Mean [C, h, w] and factor [R, C, C] of normal features, and the names of both in the graph."""

    mean: torch.Tensor
    factor: torch.Tensor
    names: tuple[str, str]


def by_place(writer: GraphWriter, features: str, normal: Normal, shape: StudentShape) -> Opinion:
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
    cells = writer.node("Sqrt", [writer.node("ReduceSumSquare", [deviations, axes(writer, 3)], keepdims=0)])
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
    return Opinion(smooth, top(writer, smooth, shape.grid, shape.score_cells))


def top(writer: GraphWriter, maps: str, grid: tuple[int, int], cells: int) -> str:
    """The mean of the highest cells of each map [N, 1, h, w]."""
    flat = reshape(writer, maps, [0, grid[0] * grid[1]])
    top = writer.nodes("TopK", [flat, writer.constant([cells], np.int64)], 2, axis=1)
    return writer.node("ReduceMean", [top[0], axes(writer, 1)], keepdims=0)


def axes(writer: GraphWriter, *numbers: int) -> str:
    """Axes as operators take them."""
    return writer.constant(list(numbers), np.int64)


def reshape(writer: GraphWriter, x: str, shape: list[int]) -> str:
    """`x` in this shape; 0 keeps a dimension as it is."""
    return writer.node("Reshape", [x, writer.constant(shape, np.int64)])


def as_array(value: torch.Tensor) -> FloatArray:
    """The tensor as float32."""
    array: FloatArray = value.detach().cpu().numpy().astype(np.float32)
    return array
