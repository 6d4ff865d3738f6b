"""Checks a graph against what TensorRT 10 and 11 document, without TensorRT.

Operators and their types as in `operators`; quantization as "Explicit Quantization" in the TensorRT documentation has
it: signed, symmetric, scales and zero points constant, one scale for an activation, one a channel for weights.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, numpy_helper

from linewatch.compiler.errors import GraphUnsupported
from linewatch.compiler.tensorrt.operators import FIRST_OPSET, FLOATS, LAST_OPSET, OPERATORS

_SHOWN = 5
_RESIZE_MODES = ("nearest", "linear")
_RESIZE_COORDINATES = ("half_pixel", "pytorch_half_pixel", "tf_half_pixel_for_nn", "asymmetric", "align_corners")


def check_rules(graph: bytes) -> None:
    """Check a serialized graph; any of its dimensions may be free.

    Raises:
        GraphUnsupported: TensorRT would refuse it, or not run what is meant; names each node and what to do.
    """
    view = _View(onnx.load_from_string(graph))
    found = [fault for rule in _RULES for fault in rule(view)]
    if found:
        more = f" (and {len(found) - _SHOWN} more)" if len(found) > _SHOWN else ""
        raise GraphUnsupported(f"TensorRT would not take the graph: {'; '.join(found[:_SHOWN])}{more}")


@dataclass
class _View:
    """A graph with what the rules look up: constants, makers and readers of values, and element types."""

    model: onnx.ModelProto
    constants: dict[str, onnx.TensorProto] = field(init=False)
    makers: dict[str, onnx.NodeProto] = field(init=False)
    readers: dict[str, list[onnx.NodeProto]] = field(init=False)
    types: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        graph = self.model.graph
        self.constants = {constant.name: constant for constant in graph.initializer}
        self.makers = {name: node for node in graph.node for name in node.output}
        self.readers = {}
        for node in graph.node:
            for name in node.input:
                self.readers.setdefault(name, []).append(node)
        self.types = {name: constant.data_type for name, constant in self.constants.items()} | _inferred(self.model)

    def quantizers(self) -> Iterator[onnx.NodeProto]:
        """Every quantizer and its inverse."""
        return (node for node in self.model.graph.node if node.op_type in ("QuantizeLinear", "DequantizeLinear"))

    def value(self, node: onnx.NodeProto, place: int) -> npt.NDArray[Any] | None:
        """A constant input of a node."""
        constant = self.constants.get(node.input[place]) if place < len(node.input) else None
        return None if constant is None else numpy_helper.to_array(constant)

    def is_dequantized(self, name: str) -> bool:
        """Whether a value comes out of a `DequantizeLinear`."""
        return name in self.makers and self.makers[name].op_type == "DequantizeLinear"


def _inferred(model: onnx.ModelProto) -> dict[str, int]:
    graph = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    return {value.name: value.type.tensor_type.elem_type for value in (*graph.input, *graph.value_info, *graph.output)}


def _named(node: onnx.NodeProto) -> str:
    return f"{node.op_type} '{node.name or (node.output[0] if node.output else '')}'"


def _versions(view: _View) -> Iterator[str]:
    for used in view.model.opset_import:
        if used.domain not in ("", "ai.onnx"):
            yield f"the graph uses operators of '{used.domain}': write them in ONNX's own"
        elif not FIRST_OPSET <= used.version <= LAST_OPSET:
            yield f"the graph has opset {used.version}: export with one of {FIRST_OPSET} to {LAST_OPSET}"


def _files(view: _View) -> Iterator[str]:
    for name, constant in view.constants.items():
        if constant.data_location == TensorProto.EXTERNAL:
            yield f"the constant '{name}' lies in another file: keep it in the graph"


def _operators(view: _View) -> Iterator[str]:
    for node in view.model.graph.node:
        known = OPERATORS.get(node.op_type)
        if known is None:
            yield f"{_named(node)}: the operator is not among those that TensorRT is used with, write it in others"
            continue
        kind = view.types.get(node.input[0], 0) if node.input else 0
        if kind and kind not in known.types:
            held = TensorProto.DataType.Name(kind)
            yield f"{_named(node)}: it does not take {held}, cast '{node.input[0]}' to FLOAT before it"
        for place in known.constants:
            if place < len(node.input) and node.input[place] and node.input[place] not in view.constants:
                yield f"{_named(node)}: '{node.input[place]}' must be a constant of the graph"


def _types_agree(view: _View) -> Iterator[str]:
    """A strongly typed network has no casts but those that are written."""
    for node in view.model.graph.node:
        if node.op_type in ("Add", "Sub", "Mul", "Div", "MatMul", "Conv", "Clip", "Concat"):
            kinds = {view.types[name] for name in node.input if view.types.get(name)}
            if len(kinds) > 1:
                names = " and ".join(sorted(TensorProto.DataType.Name(kind) for kind in kinds))
                yield f"{_named(node)}: it mixes {names}, cast its inputs to one type"


def _resizing(view: _View) -> Iterator[str]:
    for node in view.model.graph.node:
        if node.op_type != "Resize":
            continue
        chosen = {one.name: one.s.decode() for one in node.attribute if one.s}
        if chosen.get("mode", "nearest") not in _RESIZE_MODES:
            yield f"{_named(node)}: the mode '{chosen['mode']}' is not supported, use one of {', '.join(_RESIZE_MODES)}"
        if chosen.get("coordinate_transformation_mode", "half_pixel") not in _RESIZE_COORDINATES:
            yield f"{_named(node)}: the coordinates are not supported, use one of {', '.join(_RESIZE_COORDINATES)}"


def _symmetric(view: _View) -> Iterator[str]:
    for node in view.quantizers():
        scale, zero = view.value(node, 1), view.value(node, 2)
        if scale is not None and not (scale.dtype in (np.float32, np.float16) and (scale > 0).all()):
            yield f"{_named(node)}: every scale must be a floating-point number above 0"
        if zero is None:
            yield f"{_named(node)}: give it a zero point, int8 zeros, or it means unsigned bytes"
        elif zero.dtype != np.int8:
            yield f"{_named(node)}: its zero point is {zero.dtype}, quantize to signed int8"
        elif zero.any():
            yield f"{_named(node)}: its zero point is not 0, quantize symmetrically"


def _scaled_by(view: _View) -> Iterator[str]:
    """One scale for an activation; one for each output of a convolution's weights."""
    for node in view.quantizers():
        scale = view.value(node, 1)
        if scale is None or scale.ndim == 0:
            continue
        axis = next((one.i for one in node.attribute if one.name == "axis"), 1)
        if node.input[0] not in view.constants:
            yield f"{_named(node)}: an activation has one scale, not {scale.size}"
        elif axis != 0:
            yield f"{_named(node)}: the scales of weights run along axis 0, their outputs, not {axis}"


def _in_pairs(view: _View) -> Iterator[str]:
    for node in view.quantizers():
        if node.op_type == "QuantizeLinear":
            others = [reader for reader in view.readers.get(node.output[0], []) if not _undoes(reader, node)]
            if others:
                yield f"{_named(node)}: {_named(others[0])} reads its integers, put a DequantizeLinear between them"
        elif node.input[0] not in view.constants and not _undoes(node, view.makers.get(node.input[0])):
            yield f"{_named(node)}: what it reads was not quantized with the same scale"


def _undoes(node: onnx.NodeProto, quantizer: onnx.NodeProto | None) -> bool:
    return (
        quantizer is not None
        and (node.op_type, quantizer.op_type) == ("DequantizeLinear", "QuantizeLinear")
        and list(node.input[1:]) == list(quantizer.input[1:])
    )


def _convolutions(view: _View) -> Iterator[str]:
    """An integer kernel needs both inputs quantized; its bias is added in floating point."""
    for node in view.model.graph.node:
        if node.op_type != "Conv":
            continue
        if view.is_dequantized(node.input[1]) and not view.is_dequantized(node.input[0]):
            yield f"{_named(node)}: its weights are quantized and its input is not, quantize both or neither"
        if len(node.input) > 2:
            bias = view.constants.get(node.input[2])
            if bias is None or bias.data_type not in FLOATS:
                yield f"{_named(node)}: its bias must be a floating-point constant; integers are refused"


def _behind_activations(view: _View) -> Iterator[str]:
    """A quantizer between a convolution and its ReLU keeps them from becoming one kernel."""
    for node in view.quantizers():
        readers = view.readers.get(node.output[0], [])
        if node.op_type == "DequantizeLinear" and any(reader.op_type in ("Clip", "Relu") for reader in readers):
            yield f"{_named(node)}: quantize behind the ReLU, not before it"


_RULES: tuple[Callable[[_View], Iterator[str]], ...] = (
    _versions,
    _files,
    _operators,
    _types_agree,
    _resizing,
    _symmetric,
    _scaled_by,
    _in_pairs,
    _convolutions,
    _behind_activations,
)
