"""STFPM with two ResNet-18, quantized and run by OpenVINO: the rival that others deploy.

Wang et al., "Student-Teacher Feature Pyramid Matching", BMVC 2021; He et al., "Deep Residual Learning", CVPR 2016. The
weights are random: time does not depend on them.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import (  # type: ignore[import-untyped]
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)

from linewatch.compiler.graph.writer import FLOAT, GraphWriter, tensor
from linewatch.compiler.optional import load
from linewatch.compiler.teacher import FloatArray

SIDE = 256
MACS = 3.66e9
"""Multiplications for one picture: both networks up to their third stage."""

_STAGES = ((64, 1), (128, 2), (256, 2))
_CALIBRATED_ON = 4


def stfpm_session() -> Callable[[], object]:
    """Judges one picture of 256 x 256 pixels in INT8 on one thread of OpenVINO.

    Raises:
        WrongUse: OpenVINO is not installed.
    """
    core = load("openvino").Core()
    compiled = core.compile_model(
        core.read_model(quantized(stfpm_graph()).SerializeToString()),
        "CPU",
        {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY"},
    )
    request, picture = compiled.create_infer_request(), _pictures(1)[0]
    return lambda: request.infer([picture])


def stfpm_graph() -> onnx.ModelProto:
    """The FP32 graph: input `pictures` float32[1, 3, 256, 256], output `map` float32[1, 1, 256, 256]."""
    writer, random = GraphWriter(), np.random.default_rng(0)
    teacher, student = _features(writer, random, "pictures"), _features(writer, random, "pictures")
    layers = [_apart(writer, first, second) for first, second in zip(teacher, student, strict=True)]
    product = layers[0]
    for layer in layers[1:]:
        product = writer.node("Mul", [product, layer])
    writer.node("Identity", [product], output="map")
    return writer.model(
        "stfpm",
        [tensor("pictures", FLOAT, [1, 3, SIDE, SIDE])],
        [tensor("map", FLOAT, [1, 1, SIDE, SIDE])],
    )


def quantized(model: onnx.ModelProto) -> onnx.ModelProto:
    """The graph with its convolutions and additions in INT8: symmetric weights per channel, unsigned activations."""
    with tempfile.TemporaryDirectory(prefix="linewatch-") as folder:
        source, target = Path(folder) / "fp32.onnx", Path(folder) / "int8.onnx"
        onnx.save(model, source)
        quantize_static(
            source,
            target,
            _Reader(),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Relu", "Add", "MaxPool"],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            extra_options={"WeightSymmetric": True},
        )
        return onnx.load(target)


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self) -> None:
        self._left = list(_pictures(_CALIBRATED_ON))

    def get_next(self) -> dict[str, FloatArray] | None:
        """The next picture, or None after the last."""
        return {"pictures": self._left.pop()} if self._left else None


def _pictures(count: int) -> Sequence[FloatArray]:
    random = np.random.default_rng(1)
    return [random.normal(0, 1, (1, 3, SIDE, SIDE)).astype(np.float32) for _ in range(count)]


def _features(writer: GraphWriter, random: np.random.Generator, x: str) -> list[str]:
    """The first three stages of a ResNet-18, batch normalisation folded in."""
    x = writer.node("Relu", [_convolution(writer, random, x, (3, 64), kernel=7, stride=2)])
    x = writer.node("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    channels, found = 64, []
    for outputs, stride in _STAGES:
        for turn in range(2):
            x = _block(writer, random, x, (channels, outputs), stride if turn == 0 else 1)
            channels = outputs
        found.append(x)
    return found


def _block(writer: GraphWriter, random: np.random.Generator, x: str, channels: tuple[int, int], stride: int) -> str:
    inputs, outputs = channels
    y = writer.node("Relu", [_convolution(writer, random, x, channels, kernel=3, stride=stride)])
    y = _convolution(writer, random, y, (outputs, outputs), kernel=3, stride=1)
    if stride != 1 or inputs != outputs:
        x = _convolution(writer, random, x, channels, kernel=1, stride=stride)
    return writer.node("Relu", [writer.node("Add", [x, y])])


def _convolution(
    writer: GraphWriter, random: np.random.Generator, x: str, channels: tuple[int, int], *, kernel: int, stride: int
) -> str:
    inputs, outputs = channels
    deviation = np.sqrt(2 / (inputs * kernel**2))
    weight = writer.constant(random.normal(0, deviation, (outputs, inputs, kernel, kernel)), np.float32)
    bias = writer.constant(random.normal(0, 0.1, outputs), np.float32)
    pads = [kernel // 2] * 4
    return writer.node("Conv", [x, weight, bias], kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=pads)


def _apart(writer: GraphWriter, first: str, second: str) -> str:
    """Half the squared distance of normalised features, brought to the size of the picture."""
    unit = [writer.node("LpNormalization", [x], axis=1, p=2) for x in (first, second)]
    difference = writer.node("Sub", unit)
    squared = writer.node("Mul", [difference, difference])
    summed = writer.node("ReduceSum", [squared, writer.constant([1], np.int64)], keepdims=1)
    half = writer.node("Mul", [summed, writer.constant(0.5, np.float32)])
    sizes = writer.constant([1, 1, SIDE, SIDE], np.int64)
    return writer.node("Resize", [half, "", "", sizes], mode="linear", coordinate_transformation_mode="half_pixel")
