"""The flavour in half precision: the network's convolutions in FP16, all before and behind them in FP32.

A strongly typed TensorRT network computes each node in the type of its inputs, so that the types are written into the
graph. The scoring stays in single precision: it subtracts numbers that are nearly equal.
"""

from collections.abc import Collection

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from linewatch.compiler.graph.export import body_nodes
from linewatch.compiler.graph.floats import frames_as_floats
from linewatch.compiler.quantize.calibrate import Ranges

_FLOAT_OPERANDS = ("Conv", "Clip")
"""Operators of the network that have constants, all of them floating-point."""


def in_half(model: onnx.ModelProto, _ranges: Ranges, _floating: Collection[str]) -> onnx.ModelProto:
    """The FP32 graph that `export` wrote, on floating-point frames and with its network in half precision."""
    halved = onnx.ModelProto()
    halved.CopyFrom(model)
    nodes = list(halved.graph.node)
    last = max(index for index, node in enumerate(nodes) if node.name in set(body_nodes(model)))
    first = next(index for index, node in enumerate(nodes) if node.op_type == "Conv")
    network = nodes[first : last + 1]
    _halve_constants(halved, network)
    made = {name for node in network for name in node.output}
    taken = {name for node in network for name in node.input if name not in made and not _is_constant(halved, name)}
    for name in sorted(taken):
        _read_as(network, name, f"{name}_half")
    behind = nodes[last + 1 :]
    handed = sorted({name for node in behind for name in node.input if name in made})
    for name in handed:
        _read_as(behind, name, f"{name}_single")
    to_half = [_cast(name, f"{name}_half", TensorProto.FLOAT16) for name in sorted(taken)]
    to_single = [_cast(name, f"{name}_single", TensorProto.FLOAT) for name in handed]
    ordered = [*nodes[:first], *to_half, *network, *to_single, *behind]
    del halved.graph.node[:]
    halved.graph.node.extend(ordered)
    frames_as_floats(halved)
    return halved


def _halve_constants(model: onnx.ModelProto, network: list[onnx.NodeProto]) -> None:
    """Give the nodes of the network constants of their own, in half precision."""
    values = {constant.name: constant for constant in model.graph.initializer}
    halves: dict[str, onnx.TensorProto] = {}
    for node in network:
        if node.op_type not in _FLOAT_OPERANDS:
            continue
        for place, name in enumerate(node.input):
            if name in values:
                half = f"{name}_half"
                halves[half] = numpy_helper.from_array(numpy_helper.to_array(values[name]).astype(np.float16), half)
                node.input[place] = half
    model.graph.initializer.extend(halves.values())


def _is_constant(model: onnx.ModelProto, name: str) -> bool:
    return any(constant.name == name for constant in model.graph.initializer)


def _read_as(nodes: list[onnx.NodeProto], name: str, instead: str) -> None:
    for node in nodes:
        for place, read in enumerate(node.input):
            if read == name:
                node.input[place] = instead


def _cast(name: str, output: str, to: int) -> onnx.NodeProto:
    return helper.make_node("Cast", [name], [output], to=to)
