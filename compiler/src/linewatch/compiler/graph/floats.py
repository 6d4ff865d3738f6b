"""Has a graph work on floating-point frames, for runtimes that take bytes at the border of the graph only.

TensorRT knows unsigned bytes as a network's input and output alone, and quantizers with a zero point of 0 alone. The
arithmetic stays that of the integers: every number is a whole one of at most 255, which floating point holds exactly.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from linewatch.compiler.graph.export import FRAMES

_FLOAT_FRAMES = "frames_float"
_BYTE_MOST = 255.0


def frames_as_floats(model: onnx.ModelProto) -> None:
    """Cast the frames to floating point first, and write the quantizers of bytes as the arithmetic that they do."""
    constants = {constant.name: numpy_helper.to_array(constant) for constant in model.graph.initializer}
    written: list[onnx.NodeProto] = [helper.make_node("Cast", [FRAMES], [_FLOAT_FRAMES], to=TensorProto.FLOAT)]
    added: dict[str, onnx.TensorProto] = {}
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            if name == FRAMES:
                node.input[place] = _FLOAT_FRAMES
        written += _arithmetic(node, constants, added) if _is_of_bytes(node, constants) else [node]
    del model.graph.node[:]
    model.graph.node.extend(written)
    model.graph.initializer.extend(added.values())
    _drop_unused(model)


def _is_of_bytes(node: onnx.NodeProto, constants: Mapping[str, npt.NDArray[Any]]) -> bool:
    if node.op_type not in ("QuantizeLinear", "DequantizeLinear") or len(node.input) < 3:
        return False
    zero = constants.get(node.input[2])
    return zero is not None and zero.dtype == np.uint8


def _arithmetic(
    node: onnx.NodeProto, constants: Mapping[str, npt.NDArray[Any]], added: dict[str, onnx.TensorProto]
) -> list[onnx.NodeProto]:
    """What a quantizer or its inverse does, in floating point; steps that change nothing are left out."""
    steps = _steps(node.op_type, float(constants[node.input[1]]), float(constants[node.input[2]]))
    value, nodes = node.input[0], []
    for index, (op, operands) in enumerate(steps):
        output = node.output[0] if index == len(steps) - 1 else f"{node.output[0]}_{op.lower()}"
        nodes.append(helper.make_node(op, [value, *(_number(one, added) for one in operands)], [output]))
        value = output
    return nodes


def _steps(op: str, scale: float, zero: float) -> list[tuple[str, list[float]]]:
    shift, stretch = [] if zero == 0 else [zero], [] if scale == 1 else [scale]
    if op == "DequantizeLinear":
        steps = [("Sub", shift), ("Mul", stretch)]
        return [(name, operands) for name, operands in steps if operands] or [("Identity", [])]
    divided = [("Div", stretch)] if stretch else []
    shifted = [("Add", shift)] if shift else []
    return [*divided, ("Round", []), *shifted, ("Clip", [0.0, _BYTE_MOST])]


def _number(value: float, added: dict[str, onnx.TensorProto]) -> str:
    name = f"number_{value:g}"
    added.setdefault(name, numpy_helper.from_array(np.array(value, np.float32), name))
    return name


def _drop_unused(model: onnx.ModelProto) -> None:
    used = {name for node in model.graph.node for name in node.input}
    kept = [constant for constant in model.graph.initializer if constant.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
