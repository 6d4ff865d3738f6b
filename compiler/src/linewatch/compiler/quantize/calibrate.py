"""The ranges of a network's activations, from real pictures: found once, used by every flavour."""

import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import onnx
from onnxruntime.quantization import (  # type: ignore[import-untyped]
    CalibrationDataReader,
    CalibrationMethod,
    create_calibrator,
)

from linewatch.compiler.errors import PictureError
from linewatch.compiler.graph.export import FRAMES, body_nodes
from linewatch.compiler.teacher import UInt8Array

MIN_CALIBRATION = 4
QUANTIZED_OPS = ("Conv", "Clip", "Add")

Ranges: TypeAlias = Mapping[str, tuple[float, float]]
"""The least and the greatest value of each activation that may be quantized, by name."""


def calibrate(model: onnx.ModelProto, frames: Sequence[UInt8Array], seen: Callable[[float], None]) -> Ranges:
    """Run the FP32 graph that `export` wrote on pictures, and note what its body's activations reach.

    Args:
        model: the FP32 graph.
        frames: RGB uint8[H, W, 3] pictures that show what the graph will see, normal and defective.
        seen: told the share of pictures that were run.

    Raises:
        PictureError: too few pictures, or all of them the same.
    """
    _check(frames)
    with tempfile.TemporaryDirectory(prefix="linewatch-") as folder, quiet():
        source = Path(folder) / "fp32.onnx"
        onnx.save(model, source)
        calibrator = create_calibrator(
            source,
            list(QUANTIZED_OPS),
            augmented_model_path=str(Path(folder) / "augmented.onnx"),
            calibrate_method=CalibrationMethod.MinMax,
        )
        calibrator.collect_data(_Reader(frames, seen))
        found = calibrator.compute_data()
    wanted = body_activations(model)
    limits = {name: data.range_value for name, data in found.items() if name in wanted}
    return {name: (float(np.min(low)), float(np.max(high))) for name, (low, high) in limits.items()}


def body_activations(model: onnx.ModelProto) -> set[str]:
    """Names of the values that the body's nodes take and give, constants left out."""
    body, constants = set(body_nodes(model)), {constant.name for constant in model.graph.initializer}
    nodes = [node for node in model.graph.node if node.name in body]
    return {name for node in nodes for name in (*node.input, *node.output) if name and name not in constants}


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


@contextmanager
def quiet() -> Iterator[None]:
    """Silence advice that does not apply: the graph needs no preprocessing, it has no shapes to infer."""
    root: Any = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)
