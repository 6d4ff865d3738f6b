"""The FP32 graph as INT8 QDQ for CPUs, calibrated with real pictures.

Convolutions and additions of the trunk are quantized: weights signed, symmetric, per channel, in 7 bits (see
docs/adr: older AVX2 kernels add two products in 16 bits and would saturate with 8); activations unsigned, with zero
point 0 after a ReLU6. Biases, the head and the scoring stay in floating point: quantized maps lose their small steps.
"""

import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import (  # type: ignore[import-untyped]
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from linewatch.compiler.errors import PictureError
from linewatch.compiler.graph.export import FRAMES, FRONT, body_nodes
from linewatch.compiler.graph.heads import FACTOR, HALVES, MEAN
from linewatch.compiler.graph.layout import hand_over_channels_last
from linewatch.compiler.graph.writer import PRODUCER
from linewatch.compiler.quantize.refit import refit_normality
from linewatch.compiler.teacher import UInt8Array

QUANTIZED_OPS = ("Conv", "Clip", "Add")
MIN_CALIBRATION = 4


@dataclass(frozen=True, kw_only=True)
class Quantized:
    """The INT8 graph, and the range [low, high] of every quantized activation by name."""

    model: onnx.ModelProto
    ranges: dict[str, tuple[float, float]]


def quantize(
    model: onnx.ModelProto,
    frames: Sequence[UInt8Array],
    good: Sequence[UInt8Array],
    seen: Callable[[float], None],
) -> Quantized:
    """Quantize the trunk of a graph that `export` wrote, and learn what is normal to the quantized trunk.

    Args:
        model: the FP32 graph.
        good: RGB uint8[H, W, 3] pictures that show what is normal.
        frames: RGB uint8[H, W, 3] pictures that show what the graph will see, normal and defective.
        seen: told the share of calibration pictures that were run.

    Raises:
        PictureError: too few calibration pictures, or all of them the same.
    """
    _check(frames)
    body = set(body_nodes(model))
    others = [node.name for node in model.graph.node if node.name not in body]
    with tempfile.TemporaryDirectory(prefix="linewatch-") as folder, _quiet():
        source, result = Path(folder) / "fp32.onnx", Path(folder) / "int8.onnx"
        onnx.save(model, source)
        quantize_static(
            source,
            result,
            _Reader(frames, seen),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(QUANTIZED_OPS),
            nodes_to_exclude=others,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            extra_options={"QuantizeBias": False, "WeightSymmetric": True, "ActivationSymmetric": False},
        )
        quantized = onnx.load(result)
    ranges = _ranges(quantized, {node.name for node in model.graph.node})
    hand_over_channels_last(quantized, FRONT)
    constants = {constant.name for constant in quantized.graph.initializer}
    if MEAN in constants:
        refit_normality(quantized, good)
        _store_in_bytes(quantized, MEAN, over=(0, 1))
        _store_in_bytes(quantized, FACTOR, over=(2,))
    for name in HALVES:
        if name in constants:
            _store_in_halves(quantized, name)
    _clean(quantized)
    onnx.checker.check_model(quantized, full_check=True)
    return Quantized(model=quantized, ranges=ranges)


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    """Hands the pictures to the calibrator, one at a time."""

    def __init__(self, frames: Sequence[UInt8Array], seen: Callable[[float], None]) -> None:
        self._frames = frames
        self._seen = seen
        self._next = 0

    def get_next(self) -> dict[str, UInt8Array] | None:
        """The next picture, or None after the last."""
        if self._next >= len(self._frames):
            return None
        self._next += 1
        self._seen(self._next / len(self._frames))
        return {FRAMES: self._frames[self._next - 1][None]}


def _check(frames: Sequence[UInt8Array]) -> None:
    if len(frames) < MIN_CALIBRATION:
        raise PictureError(f"{len(frames)} calibration pictures are too few; give at least {MIN_CALIBRATION}")
    first = frames[0]
    if all(frame.shape == first.shape and (frame == first).all() for frame in frames[1:]):
        raise PictureError("the calibration pictures are all the same; give pictures that show how parts differ")


def _store_in_bytes(model: onnx.ModelProto, name: str, over: tuple[int, ...]) -> None:
    """Replace a float constant by signed bytes, with one scale for all that lies along the dimensions `over`.

    Not as `DequantizeLinear`, which runtimes leave in the graph and run for every frame.
    """
    value = _taken(model, name)
    largest = np.abs(value).max(axis=over, keepdims=True)
    scale = np.maximum(largest / 127, np.finfo(np.float16).tiny).astype(np.float16).astype(np.float32)
    stored = np.rint(value / scale).clip(-127, 127).astype(np.int8)
    scales, steps = f"{name}_scale", f"{name}_steps"
    model.graph.initializer.extend(
        [numpy_helper.from_array(stored, f"{name}_bytes"), numpy_helper.from_array(scale, scales)]
    )
    cast = helper.make_node("Cast", [f"{name}_bytes"], [steps], name=f"read_{name}", to=TensorProto.FLOAT)
    scaled = helper.make_node("Mul", [steps, scales], [name], name=f"scale_{name}")
    _put_first(model, [cast, scaled])
    _store_in_halves(model, scales)


def _store_in_halves(model: onnx.ModelProto, name: str) -> None:
    """Replace a float constant by 16 bits a number; runtimes cast it back once, when they open the graph."""
    model.graph.initializer.append(numpy_helper.from_array(_taken(model, name).astype(np.float16), f"{name}_halves"))
    cast = helper.make_node("Cast", [f"{name}_halves"], [name], name=f"read_{name}_halves", to=TensorProto.FLOAT)
    _put_first(model, [cast])


def _taken(model: onnx.ModelProto, name: str) -> npt.NDArray[np.float32]:
    """The value of a constant, which is removed from the graph."""
    index = next(index for index, constant in enumerate(model.graph.initializer) if constant.name == name)
    value = numpy_helper.to_array(model.graph.initializer[index])
    del model.graph.initializer[index]
    return value.astype(np.float32)


def _put_first(model: onnx.ModelProto, nodes: Sequence[onnx.NodeProto]) -> None:
    for node in reversed(nodes):
        model.graph.node.insert(0, node)


def _clean(model: onnx.ModelProto) -> None:
    """Leave nothing in the file that only the tools care about; a node is known by its output."""
    model.producer_name, model.producer_version = PRODUCER, ""
    del model.metadata_props[:]
    del model.graph.value_info[:]
    for node in model.graph.node:
        node.name = node.doc_string = ""
        del node.metadata_props[:]


def _ranges(model: onnx.ModelProto, before: set[str]) -> dict[str, tuple[float, float]]:
    """What calibration found; the quantizers among the nodes `before` it have fixed scales, to average pixels."""
    constants = {constant.name: numpy_helper.to_array(constant) for constant in model.graph.initializer}
    ranges: dict[str, tuple[float, float]] = {}
    for node in model.graph.node:
        if node.op_type == "QuantizeLinear" and node.name not in before:
            scale, zero = float(constants[node.input[1]]), int(constants[node.input[2]])
            ranges[node.input[0]] = (-zero * scale, (255 - zero) * scale)
    return ranges


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence advice that does not apply: the graph needs no preprocessing, it has no shapes to infer."""
    root: Any = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)
