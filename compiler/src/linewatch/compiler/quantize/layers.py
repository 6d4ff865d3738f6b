"""The layers that are quantized, one by one: what can be blamed for an error, and what can stay in floating point."""

from collections.abc import Collection, Mapping

import onnx

from linewatch.compiler.errors import WrongUse
from linewatch.compiler.graph.export import body_nodes
from linewatch.compiler.target import Flavour

_PARTS = ("expand", "filter", "project")
"""The convolutions of a block, in order; every block of the body has all of them."""

_QUANTIZED: Mapping[Flavour, tuple[str, ...]] = {
    Flavour.CPU_INT8: ("Conv", "Add"),
    Flavour.TENSORRT_INT8: ("Conv",),
    Flavour.TENSORRT_FP16: (),
}
"""Operators that a flavour computes in integers."""


def quantized_layers(model: onnx.ModelProto, flavour: Flavour) -> Mapping[str, str]:
    """Layers of the FP32 graph that `export` wrote, by names such as `block3.filter`: the node that each is.

    A layer is a convolution with its ReLU6, or an addition.
    """
    body = set(body_nodes(model))
    found: dict[str, str] = {}
    convolutions = 0
    for node in model.graph.node:
        if node.name not in body or node.op_type not in ("Conv", "Add"):
            continue
        part = "add" if node.op_type == "Add" else _PARTS[convolutions % len(_PARTS)]
        convolutions += node.op_type == "Conv"
        if node.op_type in _QUANTIZED[flavour]:
            found[f"block{(convolutions + 2) // len(_PARTS)}.{part}"] = node.name
    return found


def nodes_of(model: onnx.ModelProto, flavour: Flavour, layers: Collection[str]) -> frozenset[str]:
    """Names of the nodes of some layers.

    Raises:
        WrongUse: the flavour quantizes no such layer.
    """
    known = quantized_layers(model, flavour)
    strange = sorted(set(layers) - known.keys())
    if strange:
        raise WrongUse(f"there is no layer '{strange[0]}' to leave in floating point; there are: {', '.join(known)}")
    return frozenset(known[layer] for layer in layers)
