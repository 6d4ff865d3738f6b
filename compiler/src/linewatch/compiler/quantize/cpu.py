"""The flavour for processors: INT8 QDQ that ONNX Runtime and OpenVINO fuse into integer kernels.

Convolutions and additions of the trunk are quantized: weights signed, symmetric, per channel, in 7 bits (see
docs/adr: older AVX2 kernels add two products in 16 bits and would saturate with 8); activations unsigned, with zero
point 0 after a ReLU6. Biases, the head and the scoring stay in floating point: quantized maps lose their small steps.

Runtimes fuse such a graph differently. Two things keep their scores together (docs/adr/0008): the values that additions
take and give share one scale, so that an addition is one of integers and nothing is rounded twice; and biases are
multiples of the step that the integer kernels count in.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper
from onnxruntime.quantization import (  # type: ignore[import-untyped]
    CalibrationMethod,
    QDQQuantizer,
    QuantType,
    TensorsData,
)

from linewatch.compiler.graph.export import FRONT, body_nodes
from linewatch.compiler.graph.layout import hand_over_channels_last
from linewatch.compiler.quantize.calibrate import QUANTIZED_OPS, Ranges, quiet


def for_cpu(model: onnx.ModelProto, ranges: Ranges) -> onnx.ModelProto:
    """The FP32 graph that `export` wrote, with its body quantized."""
    body = set(body_nodes(model))
    with quiet():
        quantizer = QDQQuantizer(
            onnx.shape_inference.infer_shapes(model),
            per_channel=True,
            reduce_range=True,
            weight_qType=QuantType.QInt8,
            activation_qType=QuantType.QUInt8,
            tensors_range=_tensors_data(shared_by_additions(model, ranges)),
            nodes_to_quantize=[],
            nodes_to_exclude=[node.name for node in model.graph.node if node.name not in body],
            op_types_to_quantize=list(QUANTIZED_OPS),
            extra_options={"QuantizeBias": False, "WeightSymmetric": True, "ActivationSymmetric": False},
        )
        quantizer.quantize_model()
        quantizer.model.topological_sort()
    quantized: onnx.ModelProto = quantizer.model.model
    hand_over_channels_last(quantized, FRONT)
    round_biases(quantized)
    return quantized


def shared_by_additions(model: onnx.ModelProto, ranges: Ranges) -> Ranges:
    """The ranges, with one range for all that is added together, directly or by way of another sum."""
    groups: list[set[str]] = []
    for node in model.graph.node:
        values = {*node.input, *node.output}
        if node.op_type != "Add" or not values <= ranges.keys():
            continue
        touched = [group for group in groups if group & values]
        groups = [group for group in groups if not group & values] + [values.union(*touched)]
    shared = dict(ranges)
    for group in groups:
        limits = min(ranges[name][0] for name in group), max(ranges[name][1] for name in group)
        shared.update(dict.fromkeys(group, limits))
    return shared


def round_biases(model: onnx.ModelProto) -> None:
    """Round the bias of each quantized convolution to what its integer accumulator can hold.

    A kernel that adds the bias to the accumulator, and one that adds it behind the scaling, then add the same.
    """
    constants = {constant.name: constant for constant in model.graph.initializer}
    for bias, step in _biases(model, constants):
        constant = constants[bias]
        value = numpy_helper.to_array(constant)
        rounded = (np.rint(value.astype(np.float64) / step) * step).astype(np.float32)
        constant.CopyFrom(numpy_helper.from_array(rounded, bias))


def _biases(
    model: onnx.ModelProto, constants: dict[str, onnx.TensorProto]
) -> Iterator[tuple[str, npt.NDArray[np.float64]]]:
    """Name of each quantized convolution's bias, and the step of its accumulator, [outputs]."""
    scales = {node.output[0]: node.input[1] for node in model.graph.node if node.op_type == "DequantizeLinear"}
    for node in model.graph.node:
        if node.op_type == "Conv" and len(node.input) > 2 and {*node.input[:2]} <= scales.keys():
            of_input, of_weight = (
                numpy_helper.to_array(constants[scales[name]]).astype(np.float64) for name in node.input[:2]
            )
            yield node.input[2], of_input * of_weight


def _tensors_data(ranges: Ranges) -> TensorsData:
    limits = {name: (np.array(low, np.float32), np.array(high, np.float32)) for name, (low, high) in ranges.items()}
    return TensorsData(CalibrationMethod.MinMax, limits)
