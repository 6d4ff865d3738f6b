"""The student as one whole ONNX graph: uint8 frame in; score, map and embedding out.

The graph is written node by node instead of traced, so that it holds nothing of the machine that made it and the
same student always gives the same bytes.
"""

from dataclasses import dataclass

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from linewatch.compiler.graph.embedding import write_embedding
from linewatch.compiler.graph.heads import HEADS
from linewatch.compiler.graph.opinion import Seen, as_array, reshape
from linewatch.compiler.graph.shrink import COLOURS, Shrink
from linewatch.compiler.graph.writer import FLOAT, UINT8, GraphWriter, tensor
from linewatch.compiler.student.efficientnet_lite import (
    MOST,
    PIXEL_SCALE,
    PIXEL_ZERO,
    STAGES,
    Block,
    EfficientNetLite,
    same_padding,
)
from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.student.student import Student
from linewatch.compiler.student.trunk import DEEP

FRAMES, SCORE, MAP, EMBEDDING = "frames", "score", "map", "embedding"
Size = tuple[int, int]
"""Height and width in pixels."""
THRESHOLD = "raw_threshold"
FRONT = "front"
"""Name of what the first block's filters give: behind it the graph may be quantized."""


def export(student: Student, shrink: Shrink) -> onnx.ModelProto:
    """The FP32 graph with a raw threshold of 1; see `set_threshold`.

    Input `frames` uint8[N, H, W, 3] RGB, any height and width, or uint8[N, T, H, W, 3] for a student of stacks; outputs
    `score` float32[N], `map` float32[N, h, w], `embedding` float32[N, C].
    """
    student.eval()
    writer, frames = GraphWriter(), student.shape.frames
    shown = shrink.write(writer, FRAMES if frames == 1 else _in_a_row(writer))
    pictures = shown if frames == 1 else _judged(writer, shown, student.shape)
    scale, zero = writer.constant(PIXEL_SCALE, np.float32), writer.constant(PIXEL_ZERO, np.uint8)
    pixels = writer.node("DequantizeLinear", [pictures, scale, zero])
    stages = _network(writer, student.trunk.backbone, pixels, student.shape.size)
    _judging(writer, student, stages, shown)
    return writer.model(
        "student",
        [tensor(FRAMES, UINT8, ["N", *([] if frames == 1 else [frames]), "H", "W", 3])],
        [
            tensor(SCORE, FLOAT, ["N"]),
            tensor(MAP, FLOAT, ["N", *student.shape.grid]),
            tensor(EMBEDDING, FLOAT, ["N", DEEP]),
        ],
    )


def set_threshold(model: onnx.ModelProto, value: float) -> None:
    """Divide scores and maps by `value` from now on."""
    constant = next(constant for constant in model.graph.initializer if constant.name == THRESHOLD)
    constant.CopyFrom(numpy_helper.from_array(np.array(value, np.float32), THRESHOLD))


def body_nodes(model: onnx.ModelProto) -> list[str]:
    """Names of the nodes that may be quantized: from the first block's projection to the features' 1 x 1 convolutions.

    The stem and the first block's filters stay in floating point: on three and 16 channels it is faster, and errors
    made there reach everything.
    """
    place = {node.output[0]: index for index, node in enumerate(model.graph.node)}
    return [node.name for node in model.graph.node[place[FRONT] + 1 : place[_LAST_STAGE] + 1]]


_LAST_STAGE = f"stage{STAGES[-1]}"


def _network(writer: GraphWriter, network: EfficientNetLite, x: str, size: Size) -> list[str]:
    """Write the pretrained network; gives the names of its stages.

    The first block's projection and the second's expansion, with nothing between them, are written as one.
    """
    x, size = _convolution(writer, x, network.stem_conv, _folded(network.stem_conv, network.stem_norm), size)
    x = _active(writer, x)
    before: Affine | None = None
    found: list[str] = []
    for number, block in enumerate(network.blocks):
        assert isinstance(block, Block)
        if number == 0:
            x, size = _filtered(writer, block, x, size, FRONT)
            before = _folded(block.project_conv, block.project_norm)
            continue
        name = f"stage{number}" if number in STAGES else ""
        x, size = _block(writer, block, x, size, before, name)
        before = None
        if name:
            found.append(name)
    return found


def _block(
    writer: GraphWriter, block: Block, x: str, size: Size, before: "Affine | None", output: str
) -> tuple[str, Size]:
    """A block of an input to which `before` is still to be applied."""
    expansion = _folded(block.expand_conv, block.expand_norm)
    expansion = expansion if before is None else expansion.after(before)
    y, size = _convolution(writer, x, block.expand_conv, expansion, size)
    y, size = _filtered(writer, block, _active(writer, y), size)
    projection = _folded(block.project_conv, block.project_norm)
    y, size = _convolution(writer, y, block.project_conv, projection, size, output="" if block.adds else output)
    return (writer.node("Add", [x, y], output=output) if block.adds else y), size


def _filtered(writer: GraphWriter, block: Block, x: str, size: Size, output: str = "") -> tuple[str, Size]:
    """A block's filters of each channel."""
    filters = _folded(block.depthwise_conv, block.depthwise_norm)
    y, size = _convolution(writer, x, block.depthwise_conv, filters, size)
    return _active(writer, y, output), size


@dataclass(frozen=True)
class Affine:
    """Weight float32[O, I, k, k] and bias float32[O] of a convolution."""

    weight: torch.Tensor
    bias: torch.Tensor

    def after(self, first: "Affine") -> "Affine":
        """This 1 x 1 convolution of what the 1 x 1 convolution `first` gives, as one."""
        mine, others = self.weight[:, :, 0, 0], first.weight[:, :, 0, 0]
        return Affine((mine @ others)[:, :, None, None], mine @ first.bias + self.bias)


def _folded(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> Affine:
    """A convolution with its batch normalisation folded in."""
    assert norm.running_var is not None
    assert norm.running_mean is not None
    factor = norm.weight / (norm.running_var + norm.eps).sqrt()
    return Affine(conv.weight * factor[:, None, None, None], norm.bias - norm.running_mean * factor)


def _convolution(
    writer: GraphWriter, x: str, conv: nn.Conv2d, numbers: Affine, size: Size, output: str = ""
) -> tuple[str, Size]:
    """A convolution of the kind of `conv`, with these numbers; gives name and size."""
    weight = writer.constant(as_array(numbers.weight), np.float32)
    bias = writer.constant(as_array(numbers.bias), np.float32)
    kernel, stride = conv.kernel_size[0], conv.stride[0]
    (top, bottom), (left, right) = (same_padding(side, kernel, stride) for side in size)
    y = writer.node(
        "Conv",
        [x, weight, bias],
        output=output,
        kernel_shape=[kernel] * 2,
        strides=[stride] * 2,
        pads=[top, left, bottom, right],
        group=conv.groups,
    )
    return y, (-(-size[0] // stride), -(-size[1] // stride))


def _active(writer: GraphWriter, x: str, output: str = "") -> str:
    """A ReLU6."""
    return writer.node("Clip", [x, writer.constant(0.0, np.float32), writer.constant(MOST, np.float32)], output=output)


def _in_a_row(writer: GraphWriter) -> str:
    """The frames of all stacks one behind the other, uint8[N * T, H, W, 3]."""
    sides = writer.node("Gather", [writer.node("Shape", [FRAMES]), writer.constant([2, 3, 4], np.int64)], axis=0)
    shape = writer.node("Concat", [writer.constant([-1], np.int64), sides], axis=0)
    return writer.node("Reshape", [FRAMES, shape])


def _judged(writer: GraphWriter, pictures: str, shape: StudentShape) -> str:
    """The last picture of each stack, uint8[N, 3, height, width]."""
    stacks = reshape(writer, pictures, [-1, shape.frames, COLOURS, *shape.size])
    return writer.node("Gather", [stacks, writer.constant(shape.frames - 1, np.int64)], axis=1)


def _judging(writer: GraphWriter, student: Student, stages: list[str], pictures: str) -> None:
    """Write the heads, and the outputs of the graph from what they say: see `Student.forward`."""
    middle, *deep = stages
    seen = Seen(middle, writer.node("Concat", deep, axis=1), pictures)
    opinions = [HEADS[head](writer, student, seen) for head in student.shape.heads]
    threshold = writer.constant(1.0, np.float32, name=THRESHOLD)
    maps, scores = [one.map for one in opinions], [one.score for one in opinions]
    highest = _highest(writer, maps, student.units)
    rated = writer.node("Div", [highest, threshold])
    writer.node("Squeeze", [rated, writer.constant([1], np.int64)], output=MAP)
    writer.node("Div", [_highest(writer, scores, student.units), threshold], output=SCORE)
    write_embedding(writer, student, seen, highest, EMBEDDING)


def _highest(writer: GraphWriter, values: list[str], units: torch.Tensor) -> str:
    """The highest of several values, each in its unit; one alone stays as it is."""
    if len(values) == 1:
        return values[0]
    rated = [
        writer.node("Div", [value, writer.constant(float(unit), np.float32)])
        for value, unit in zip(values, units, strict=True)
    ]
    return writer.node("Max", rated)
