"""The student as one whole ONNX graph: uint8 frame in; score, map and embedding out.

The graph is written node by node instead of traced, so that it holds nothing of the machine that made it and the
same student always gives the same bytes.
"""

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.graph.writer import FLOAT, UINT8, GraphWriter, tensor
from linewatch.compiler.normal.moments import REGION
from linewatch.compiler.student.efficientnet_lite import (
    MOST,
    PIXEL_SCALE,
    PIXEL_ZERO,
    STAGES,
    Block,
    EfficientNetLite,
    same_padding,
)
from linewatch.compiler.student.student import SMOOTH_CELLS, Student
from linewatch.compiler.student.trunk import POOLED_CELLS
from linewatch.compiler.teacher import FloatArray

FRAMES, SCORE, MAP, EMBEDDING = "frames", "score", "map", "embedding"
MEAN, FACTOR = "normal_mean", "normal_factor"
"""Names of the two large constants of the normality, which `quantize` stores in 8 bits."""
TO_MIDDLE, TO_DEEP = "to_middle", "to_deep"
"""Names of the weights of the features' 1 x 1 convolutions, which `quantize` stores in 16 bits."""
THRESHOLD = "raw_threshold"
FRONT = "front"
"""Name of what the first block gives: behind it the graph may be quantized."""


def export(student: Student, shrink: Shrink) -> onnx.ModelProto:
    """The FP32 graph with a raw threshold of 1; see `set_threshold`.

    Input `frames` uint8[N, H, W, 3] RGB, any height and width; outputs `score` float32[N], `map` float32[N, h, w],
    `embedding` float32[N, C].
    """
    student.eval()
    writer = GraphWriter()
    pictures = shrink.write(writer, FRAMES)
    scale, zero = writer.constant(PIXEL_SCALE, np.float32), writer.constant(PIXEL_ZERO, np.uint8)
    features, bias = _trunk(writer, student, writer.node("DequantizeLinear", [pictures, scale, zero]))
    _scoring(writer, student, features, bias)
    grid, channels = student.shape.grid, student.shape.features
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
    """Names of the nodes that may be quantized: from the second block to the features' 1 x 1 convolutions.

    The stem and the first block stay in floating point: on three and 16 channels it is faster, and errors made there
    reach everything.
    """
    place = {node.output[0]: index for index, node in enumerate(model.graph.node)}
    return [node.name for node in model.graph.node[place[FRONT] + 1 : place[_LAST_STAGE] + 1]]


_LAST_STAGE = f"stage{STAGES[-1]}"


def _trunk(writer: GraphWriter, student: Student, x: str) -> tuple[str, torch.Tensor]:
    """Write the trunk; gives the features without their bias, and the bias [C].

    The 1 x 1 convolutions come before the pooling, which is the same and pools fewer channels.
    """
    first, *others = _network(writer, student.trunk.backbone, x, student.shape.side)
    to_middle, to_deep, bias = student.trunk.folded()
    fine = _pooled(writer, _dense(writer, [first], to_middle, TO_MIDDLE))
    coarse = _pooled(writer, _dense(writer, others, to_deep, TO_DEEP))
    scales = writer.constant([1, 1, 2, 2], np.float32)
    upsampled = writer.node("Resize", [coarse, "", scales], mode="linear", coordinate_transformation_mode="half_pixel")
    return writer.node("Add", [fine, upsampled]), bias


def _network(writer: GraphWriter, network: EfficientNetLite, x: str, size: int) -> list[str]:
    """Write the pretrained network; gives the names of its stages."""
    x, size = _convolution(writer, x, network.stem_conv, network.stem_norm, size, active=True)
    found: list[str] = []
    for number, block in enumerate(network.blocks):
        assert isinstance(block, Block)
        name = f"stage{number}" if number in STAGES else ""
        x, size = _block(writer, block, x, size, name or ("" if number else FRONT))
        if name:
            found.append(name)
    return found


def _block(writer: GraphWriter, block: Block, x: str, size: int, output: str) -> tuple[str, int]:
    y = x
    if block.expands:
        y, size = _convolution(writer, y, block.expand_conv, block.expand_norm, size, active=True)
    y, size = _convolution(writer, y, block.depthwise_conv, block.depthwise_norm, size, active=True)
    name = "" if block.adds else output
    y, size = _convolution(writer, y, block.project_conv, block.project_norm, size, active=False, output=name)
    return (writer.node("Add", [x, y], output=output) if block.adds else y), size


def _convolution(
    writer: GraphWriter,
    x: str,
    conv: nn.Conv2d,
    norm: nn.BatchNorm2d,
    size: int,
    *,
    active: bool,
    output: str = "",
) -> tuple[str, int]:
    """A convolution with its batch normalisation folded in, and a ReLU6 if `active`; gives name and size."""
    assert norm.running_var is not None
    assert norm.running_mean is not None
    factor = norm.weight / (norm.running_var + norm.eps).sqrt()
    weight = writer.constant(_array(conv.weight * factor[:, None, None, None]), np.float32)
    bias = writer.constant(_array(norm.bias - norm.running_mean * factor), np.float32)
    kernel, stride = conv.kernel_size[0], conv.stride[0]
    before, behind = same_padding(size, kernel, stride)
    y = writer.node(
        "Conv",
        [x, weight, bias],
        output=output,
        kernel_shape=[kernel] * 2,
        strides=[stride] * 2,
        pads=[before, before, behind, behind],
        group=conv.groups,
    )
    if active:
        y = writer.node("Clip", [y, writer.constant(0.0, np.float32), writer.constant(MOST, np.float32)])
    return y, -(-size // stride)


def _dense(writer: GraphWriter, stages: list[str], weight: torch.Tensor, name: str) -> str:
    """One 1 x 1 convolution, without bias, over the stages as if they stood one behind the other."""
    x = writer.node("Concat", stages, axis=1) if len(stages) > 1 else stages[0]
    kernel = writer.constant(_array(weight)[:, :, None, None], np.float32, name=name)
    return writer.node("Conv", [x, kernel], kernel_shape=[1, 1])


def _pooled(writer: GraphWriter, x: str) -> str:
    pad = POOLED_CELLS // 2
    return writer.node("AveragePool", [x], kernel_shape=[POOLED_CELLS] * 2, pads=[pad] * 4, count_include_pad=1)


def _scoring(writer: GraphWriter, student: Student, features: str, bias: torch.Tensor) -> None:
    """Write the nodes of `Student.forward` after the features.

    Channels come last: so the cells of a region are moved in long runs.
    """
    normality, grid, channels = student.normality, student.shape.grid, student.shape.features
    rows, columns = normality.rows, normality.columns
    mean = writer.constant(_array((normality.mean - bias[:, None, None]).permute(1, 2, 0)), np.float32, name=MEAN)
    factor = writer.constant(_array(normality.factor), np.float32, name=FACTOR)
    centred = writer.node("Sub", [writer.node("Transpose", [features], perm=[0, 2, 3, 1]), mean])
    split = _reshape(writer, centred, [0, rows, REGION, columns, REGION * channels])
    turned = writer.node("Transpose", [split], perm=[0, 1, 3, 2, 4])
    regions = _reshape(writer, turned, [0, rows * columns, REGION**2, channels])
    deviations = writer.node("MatMul", [regions, writer.node("Transpose", [factor], perm=[0, 2, 1])])
    channel = writer.constant([3], np.int64)
    cells = writer.node("Sqrt", [writer.node("ReduceSumSquare", [deviations, channel], keepdims=0)])
    on_grid = writer.node(
        "Transpose", [_reshape(writer, cells, [0, rows, columns, REGION, REGION])], perm=[0, 1, 3, 2, 4]
    )
    pad = SMOOTH_CELLS // 2
    smooth = writer.node(
        "AveragePool",
        [_reshape(writer, on_grid, [0, 1, grid, grid])],
        kernel_shape=[SMOOTH_CELLS] * 2,
        pads=[pad] * 4,
    )
    rated = writer.node("Div", [smooth, writer.constant(1.0, np.float32, name=THRESHOLD)])
    writer.node("Squeeze", [rated, writer.constant([1], np.int64)], output=MAP)
    top = writer.nodes(
        "TopK",
        [_reshape(writer, rated, [0, grid * grid]), writer.constant([student.shape.score_cells], np.int64)],
        2,
        axis=1,
    )
    writer.node("ReduceMean", [top[0], writer.constant([1], np.int64)], output=SCORE, keepdims=0)
    total = writer.node("ReduceSum", [cells, writer.constant([1, 2], np.int64)], keepdims=1)
    share = writer.node("Unsqueeze", [writer.node("Div", [cells, total]), writer.constant([2], np.int64)])
    summed = writer.node(
        "ReduceSum", [writer.node("MatMul", [share, deviations]), writer.constant([1], np.int64)], keepdims=0
    )
    writer.node("Squeeze", [summed, writer.constant([1], np.int64)], output=EMBEDDING)


def _reshape(writer: GraphWriter, x: str, shape: list[int]) -> str:
    """0 keeps a dimension as it is."""
    return writer.node("Reshape", [x, writer.constant(shape, np.int64)])


def _array(value: torch.Tensor) -> FloatArray:
    array: FloatArray = value.detach().cpu().numpy().astype(np.float32)
    return array
