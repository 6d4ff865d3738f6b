"""The flavour for processors: INT8 QDQ that ONNX Runtime and OpenVINO fuse into integer kernels.

Convolutions and additions of the trunk are quantized: weights signed, symmetric, per channel, in 7 bits (see
docs/adr: older AVX2 kernels add two products in 16 bits and would saturate with 8); activations unsigned, with zero
point 0 after a ReLU6. Biases, the head and the scoring stay in floating point: quantized maps lose their small steps.

Runtimes fuse such a graph differently. Two things keep their scores together (docs/adr/0008): the values that additions
take and give share one scale, so that an addition is one of integers and nothing is rounded twice; and biases are
multiples of the step that the integer kernels count in.
"""

from collections.abc import Collection, Iterable

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from linewatch.compiler.graph.export import FRONT, body_nodes
from linewatch.compiler.graph.layout import hand_over_channels_last
from linewatch.compiler.quantize.calibrate import Ranges
from linewatch.compiler.quantize.rounding import LEAST_SCALE, hold_weight, round_activation

MOST = 64
"""Steps of the largest weight."""

BYTE = 255


def for_cpu(model: onnx.ModelProto, ranges: Ranges, floating: Collection[str]) -> onnx.ModelProto:
    """The FP32 graph that `export` wrote, with its body quantized.

    The nodes called `floating` stay as they are, and read what was not rounded.
    """
    quantized = onnx.ModelProto()
    quantized.CopyFrom(model)
    body = set(body_nodes(model))
    nodes = [node for node in quantized.graph.node if node.name in body and node.name not in floating]
    convolutions = [node for node in nodes if node.op_type == "Conv"]
    additions = [node for node in nodes if node.op_type == "Add"]
    shared = shared_by_additions(additions, ranges)
    values = [node.input[0] for node in convolutions]
    values += [name for node in additions for name in (*node.input, *node.output)]
    scales = {name: byte_scale(*shared[name]) for name in dict.fromkeys(values)}
    weights = {
        name: hold_weight(quantized, name, MOST) for name in dict.fromkeys(node.input[1] for node in convolutions)
    }
    for node in convolutions:
        _round_bias(quantized, node.input[2], scales[node.input[0]][0] * weights[node.input[1]].astype(np.float64))
    for name, (scale, zero) in scales.items():
        round_activation(quantized, name, scale, np.array(zero, np.uint8), left_out=floating)
    _drop_clips(quantized, body)
    if FRONT in scales:
        hand_over_channels_last(quantized, FRONT)
    return quantized


def shared_by_additions(additions: Iterable[onnx.NodeProto], ranges: Ranges) -> Ranges:
    """The ranges, with one range for all that is added together, directly or by way of another sum."""
    groups: list[set[str]] = []
    for node in additions:
        values = {*node.input, *node.output}
        touched = [group for group in groups if group & values]
        groups = [group for group in groups if not group & values] + [values.union(*touched)]
    shared = dict(ranges)
    for group in groups:
        limits = min(ranges[name][0] for name in group), max(ranges[name][1] for name in group)
        shared.update(dict.fromkeys(group, limits))
    return shared


def byte_scale(low: float, high: float) -> tuple[float, int]:
    """Step (a float32) and zero point of unsigned bytes that reach from `low` to `high`, 0 being one of them."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = float(np.float32(max((high - low) / BYTE, LEAST_SCALE)))
    return scale, round(-low / scale)


def _round_bias(model: onnx.ModelProto, name: str, step: npt.NDArray[np.float64]) -> None:
    """Round the bias of a quantized convolution to what its integer accumulator can hold.

    A kernel that adds the bias to the accumulator, and one that adds it behind the scaling, then add the same.
    """
    constant = next(constant for constant in model.graph.initializer if constant.name == name)
    value = numpy_helper.to_array(constant).astype(np.float64)
    constant.CopyFrom(numpy_helper.from_array((np.rint(value / step) * step).astype(np.float32), name))


def _drop_clips(model: onnx.ModelProto, body: Collection[str]) -> None:
    """Leave out each ReLU6 that only a quantizer reads: its bytes begin at 0 and end where the activation does."""
    readers: dict[str, list[str]] = {}
    for node in model.graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node.op_type)
    makers = {name: node for node in model.graph.node for name in node.output}
    for clip in [node for node in model.graph.node if node.name in body and node.op_type == "Clip"]:
        if set(readers[clip.output[0]]) == {"QuantizeLinear"}:
            makers[clip.input[0]].output[0] = clip.output[0]
            model.graph.node.remove(clip)
