"""Hands a tensor from floating point to INT8 in the layout of INT8 kernels: channels last.

ONNX Runtime keeps floating-point convolutions in blocks of channels and INT8 ones with channels last. Left alone it
goes from the one to the other by way of channels first, moving everything twice. A transposition written out is done
while the blocks are undone; the flattening behind it keeps quantization from being moved in front of it.
"""

import onnx
from onnx import helper

from linewatch.compiler.errors import CompilerError


def hand_over_channels_last(model: onnx.ModelProto, name: str) -> None:
    """Quantize the value `name`, float32[N, C, H, W], with its channels last. The graph computes what it did.

    Raises:
        CompilerError: nothing quantizes the value.
    """
    nodes = model.graph.node
    place = next((index for index, node in enumerate(nodes) if _quantizes(node, name)), None)
    if place is None:
        raise CompilerError(f"the graph does not quantize '{name}'")
    quantizer = nodes[place]
    last, flat, small, shape, whole = (f"{name}_{part}" for part in ("last", "flat", "bytes", "shape", "whole"))
    written = [
        helper.make_node("Transpose", [name], [last], perm=[0, 2, 3, 1]),
        helper.make_node("Flatten", [last], [flat], axis=3),
        helper.make_node("QuantizeLinear", [flat, *quantizer.input[1:]], [small]),
        helper.make_node("Shape", [last], [shape]),
        helper.make_node("Reshape", [small, shape], [whole]),
        helper.make_node("Transpose", [whole], [quantizer.output[0]], perm=[0, 3, 1, 2]),
    ]
    del nodes[place]
    for node in reversed(written):
        nodes.insert(place, node)


def _quantizes(node: onnx.NodeProto, name: str) -> bool:
    return node.op_type == "QuantizeLinear" and node.input[0] == name
