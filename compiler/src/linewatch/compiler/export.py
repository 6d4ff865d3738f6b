"""The student as one whole ONNX graph: uint8 frame in; score, map and embedding out.

The graph is written node by node instead of traced, so that it holds nothing of the machine that made it and the
same student always gives the same bytes.
"""

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from linewatch.compiler.graph import FLOAT, UINT8, GraphWriter, tensor
from linewatch.compiler.shrink import Shrink
from linewatch.compiler.student import PIXEL_SCALE, PIXEL_ZERO, SMOOTH_CELLS, Student
from linewatch.compiler.teacher import FloatArray
from linewatch.compiler.trunk import ConvUnit, Residual, Trunk

FRAMES, SCORE, MAP, EMBEDDING = "frames", "score", "map", "embedding"
MEAN, WEIGHT = "normal_mean", "normal_weight"
"""Names of the two large constants of the normality, which `quantize` stores in 8 bits."""
THRESHOLD = "raw_threshold"


def export(student: Student, shrink: Shrink) -> onnx.ModelProto:
    """The FP32 graph with a raw threshold of 1; see `set_threshold`.

    Input `frames` uint8[N, H, W, 3] RGB, any height and width; outputs `score` float32[N], `map` float32[N, h, w],
    `embedding` float32[N, C].
    """
    student.eval()
    writer = GraphWriter()
    pictures = writer.node("Transpose", [shrink.write(writer, FRAMES)], perm=[0, 3, 1, 2])
    scale, zero = writer.constant(PIXEL_SCALE, np.float32), writer.constant(PIXEL_ZERO, np.uint8)
    features = _trunk(writer, student, writer.node("DequantizeLinear", [pictures, scale, zero]))
    _scoring(writer, student, features)
    grid, channels = student.shape.grid, student.shape.trunk.features
    return writer.model(
        "student",
        [tensor(FRAMES, UINT8, ["N", "H", "W", 3])],
        [tensor(SCORE, FLOAT, ["N"]), tensor(MAP, FLOAT, ["N", grid, grid]), tensor(EMBEDDING, FLOAT, ["N", channels])],
    )


def set_threshold(model: onnx.ModelProto, value: float) -> None:
    """Divide scores and maps by `value` from now on."""
    constant = next(constant for constant in model.graph.initializer if constant.name == THRESHOLD)
    constant.CopyFrom(numpy_helper.from_array(np.array(value, np.float32), THRESHOLD))


def body_nodes(model: onnx.ModelProto) -> list[str]:
    """Names of the nodes that may be quantized: all before the features' two 1 x 1 convolutions."""
    names = [node.name for node in model.graph.node]
    first = next(index for index, node in enumerate(model.graph.node) if node.op_type == "Conv")
    last = next(index for index, node in enumerate(model.graph.node) if node.output[0] == "deep")
    return names[first : last + 1]


def _trunk(writer: GraphWriter, student: Student, x: str) -> str:
    trunk: Trunk = student.trunk
    middle = _stage(writer, trunk.middle, _stage(writer, trunk.stem, x))
    deep = _stage(writer, trunk.deep, middle, output="deep")
    whiten = student.normality.whiten
    bias = None if trunk.from_middle.bias is None else whiten @ trunk.from_middle.bias
    fine = _conv(writer, middle, _whitened(whiten, trunk.from_middle), bias)
    coarse = _conv(writer, deep, _whitened(whiten, trunk.from_deep), None)
    scales = writer.constant([1, 1, 2, 2], np.float32)
    upsampled = writer.node("Resize", [coarse, "", scales], mode="linear", coordinate_transformation_mode="half_pixel")
    return writer.node("Add", [fine, upsampled])


def _scoring(writer: GraphWriter, student: Student, features: str) -> None:
    """Write the nodes of `Student.forward` after the features; the whitening is already in them."""
    channels, grid = student.shape.trunk.features, student.shape.grid
    mean = writer.constant(_array(student.normality.mean), np.float32, name=MEAN)
    weight = writer.constant(_array(student.normality.weight), np.float32, name=WEIGHT)
    deviations = writer.node("Mul", [writer.node("Sub", [features, mean]), weight])
    # A convolution sums over channels several times faster than ReduceMean in this layout.
    average = writer.constant(np.full((1, channels, 1, 1), 1 / channels), np.float32)
    energy = writer.node("Conv", [writer.node("Mul", [deviations, deviations]), average], kernel_shape=[1, 1])
    pad = SMOOTH_CELLS // 2
    smooth = writer.node(
        "AveragePool", [writer.node("Sqrt", [energy])], kernel_shape=[SMOOTH_CELLS] * 2, pads=[pad] * 4
    )
    rated = writer.node("Div", [smooth, writer.constant(1.0, np.float32, name=THRESHOLD)])
    flat = writer.constant([0, grid * grid], np.int64)
    cells = writer.node("Reshape", [rated, flat])
    writer.node("Squeeze", [rated, writer.constant([1], np.int64)], output=MAP)
    top = writer.nodes("TopK", [cells, writer.constant([student.shape.score_cells], np.int64)], 2, axis=1)
    last = writer.constant([1], np.int64)
    writer.node("ReduceMean", [top[0], last], output=SCORE, keepdims=0)
    share = writer.node("Div", [cells, writer.node("ReduceSum", [cells, last], keepdims=1)])
    spread = writer.node("Reshape", [deviations, writer.constant([0, channels, grid * grid], np.int64)])
    column = writer.node("Unsqueeze", [share, writer.constant([2], np.int64)])
    weighted = writer.node("MatMul", [spread, column])
    writer.node("Squeeze", [weighted, writer.constant([2], np.int64)], output=EMBEDDING)


def _stage(writer: GraphWriter, stage: nn.Sequential, x: str, output: str = "") -> str:
    for index, module in enumerate(stage):
        name = output if index == len(stage) - 1 else ""
        if isinstance(module, Residual):
            inner = _unit(writer, _unit(writer, x, module.first), module.second)
            x = writer.node("Relu", [writer.node("Add", [x, inner])], output=name)
        elif isinstance(module, ConvUnit):
            x = _unit(writer, x, module, name)
        else:
            raise TypeError(f"no ONNX nodes are known for {type(module).__name__}")
    return x


def _unit(writer: GraphWriter, x: str, unit: ConvUnit, output: str = "") -> str:
    """A convolution with its batch normalisation folded in."""
    norm = unit.norm
    assert norm.running_var is not None
    assert norm.running_mean is not None
    factor = norm.weight / (norm.running_var + norm.eps).sqrt()
    weight = unit.conv.weight * factor[:, None, None, None]
    bias = norm.bias - norm.running_mean * factor
    name = "" if unit.active else output
    y = _conv(writer, x, weight, bias, unit.conv.stride[0], int(unit.conv.padding[0]), output=name)
    return writer.node("Relu", [y], output=output) if unit.active else y


def _conv(
    writer: GraphWriter,
    x: str,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    stride: int = 1,
    padding: int = 0,
    output: str = "",
) -> str:
    inputs = [x, writer.constant(_array(weight), np.float32)]
    if bias is not None:
        inputs.append(writer.constant(_array(bias), np.float32))
    kernel = list(weight.shape[2:])
    return writer.node("Conv", inputs, output=output, kernel_shape=kernel, strides=[stride] * 2, pads=[padding] * 4)


def _whitened(whiten: torch.Tensor, conv: nn.Conv2d) -> torch.Tensor:
    return torch.einsum("dc,ciyx->diyx", whiten, conv.weight)


def _array(value: torch.Tensor) -> FloatArray:
    array: FloatArray = value.detach().cpu().numpy().astype(np.float32)
    return array
