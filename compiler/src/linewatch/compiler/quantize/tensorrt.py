"""The flavour for TensorRT: explicit quantization, as its documentation asks for it.

Signed 8 bits, symmetric, zero point 0 throughout: one scale for an activation, one a channel for weights, which are
stored as integers behind a `DequantizeLinear`. What is quantized is the input of each convolution, behind the ReLU6;
what a convolution hands to an addition is not, so that the two can become one kernel. Biases stay in floating point.
("Working with Quantized Types" and "Explicit Quantization" in the TensorRT documentation, versions 10 and 11.)
"""

from collections.abc import Collection

import numpy as np
import onnx

from linewatch.compiler.graph.export import body_nodes
from linewatch.compiler.graph.floats import frames_as_floats
from linewatch.compiler.quantize.calibrate import Ranges
from linewatch.compiler.quantize.rounding import hold_weight, round_activation

MOST = 127


def for_tensorrt(model: onnx.ModelProto, ranges: Ranges, floating: Collection[str]) -> onnx.ModelProto:
    """The FP32 graph that `export` wrote, on floating-point frames and with its body quantized.

    The nodes called `floating` stay as they are, and read what was not rounded.
    """
    quantized = onnx.ModelProto()
    quantized.CopyFrom(model)
    body = set(body_nodes(model)).difference(floating)
    convolutions = [node for node in quantized.graph.node if node.name in body and node.op_type == "Conv"]
    read = dict.fromkeys(node.input[0] for node in convolutions)
    weights = dict.fromkeys(node.input[1] for node in convolutions)
    for name in read:
        low, high = ranges[name]
        round_activation(quantized, name, max(abs(low), abs(high)) / MOST, np.array(0, np.int8), left_out=floating)
    for name in weights:
        hold_weight(quantized, name, MOST)
    frames_as_floats(quantized)
    return quantized
