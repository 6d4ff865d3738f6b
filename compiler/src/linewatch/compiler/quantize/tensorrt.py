"""The flavour for TensorRT: explicit quantization, as its documentation asks for it.

Signed 8 bits, symmetric, zero point 0 throughout: one scale for an activation, one a channel for weights, which are
stored as integers behind a `DequantizeLinear`. What is quantized is the input of each convolution, behind the ReLU6;
what a convolution hands to an addition is not, so that the two can become one kernel. Biases stay in floating point.
("Working with Quantized Types" and "Explicit Quantization" in the TensorRT documentation, versions 10 and 11.)
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

from linewatch.compiler.graph.export import body_nodes
from linewatch.compiler.graph.floats import frames_as_floats
from linewatch.compiler.quantize.calibrate import Ranges

MOST = 127
_LEAST_SCALE = 1e-10
"""Of channels whose weights are nothing."""


def for_tensorrt(model: onnx.ModelProto, ranges: Ranges) -> onnx.ModelProto:
    """The FP32 graph that `export` wrote, on floating-point frames and with its body quantized."""
    quantized = onnx.ModelProto()
    quantized.CopyFrom(model)
    body = set(body_nodes(model))
    convolutions = [node for node in quantized.graph.node if node.name in body and node.op_type == "Conv"]
    for name in dict.fromkeys(node.input[0] for node in convolutions):
        _quantize_activation(quantized, name, ranges[name])
    for name in dict.fromkeys(node.input[1] for node in convolutions):
        _quantize_weight(quantized, name)
    frames_as_floats(quantized)
    return quantized


def _quantize_activation(model: onnx.ModelProto, name: str, limits: tuple[float, float]) -> None:
    """Have every reader of a value read it rounded."""
    scale, zero, small, again = (f"{name}_{part}" for part in ("scale", "zero", "small", "again"))
    step = max(abs(limits[0]), abs(limits[1])) / MOST
    model.graph.initializer.extend(
        [
            numpy_helper.from_array(np.array(max(step, _LEAST_SCALE), np.float32), scale),
            numpy_helper.from_array(np.array(0, np.int8), zero),
        ]
    )
    for node in model.graph.node:
        for place, read in enumerate(node.input):
            if read == name:
                node.input[place] = again
    place = next(index for index, node in enumerate(model.graph.node) if name in node.output)
    model.graph.node.insert(place + 1, helper.make_node("QuantizeLinear", [name, scale, zero], [small]))
    model.graph.node.insert(place + 2, helper.make_node("DequantizeLinear", [small, scale, zero], [again]))


def _quantize_weight(model: onnx.ModelProto, name: str) -> None:
    """Replace weights float32[O, I, H, W] by integers, with a scale for each of the O outputs."""
    place = next(index for index, constant in enumerate(model.graph.initializer) if constant.name == name)
    value = numpy_helper.to_array(model.graph.initializer[place])
    del model.graph.initializer[place]
    scale = np.maximum(np.abs(value).max(axis=(1, 2, 3)) / MOST, _LEAST_SCALE).astype(np.float32)
    stored = np.rint(value / scale[:, None, None, None]).clip(-MOST, MOST).astype(np.int8)
    parts = {"small": stored, "scale": scale, "zero": np.zeros(len(scale), np.int8)}
    model.graph.initializer.extend(numpy_helper.from_array(part, f"{name}_{key}") for key, part in parts.items())
    read = helper.make_node("DequantizeLinear", [f"{name}_{key}" for key in parts], [name], axis=0)
    model.graph.node.insert(0, read)
