"""Keeps large floating-point constants in fewer bits, and has the graph make numbers of them again."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper


def store_in_bytes(model: onnx.ModelProto, name: str, over: tuple[int, ...]) -> None:
    """Replace a float constant by signed bytes, with one scale for all that lies along the dimensions `over`.

    Not as `DequantizeLinear`, which runtimes leave in the graph and run for every frame.
    """
    stored, scale = _in_bytes(_taken(model, name), over)
    steps, scales = f"{name}_steps", f"{name}_scale"
    _add_constants(model, {f"{name}_bytes": stored, scales: scale})
    cast = helper.make_node("Cast", [f"{name}_bytes"], [steps], to=TensorProto.FLOAT)
    _put_first(model, [cast, helper.make_node("Mul", [steps, scales], [name])])
    store_in_halves(model, scales)


def store_triangles_in_bytes(model: onnx.ModelProto, name: str) -> None:
    """The same for lower triangular matrices [R, C, C], one scale a row, of which only the triangles are kept.

    Number `i (i + 1) / 2 + j` of a triangle is the one in row i and column j; what that finds above the diagonal is
    made 0.
    """
    stored, scale = _in_bytes(_taken(model, name), (2,))
    side = stored.shape[-1]
    rows, columns = np.tril_indices(side)
    numbers = np.arange(side, dtype=np.int32)
    packed, starts, along, places, square, steps, triangle, scales = (
        f"{name}_{part}" for part in ("bytes", "starts", "along", "places", "square", "steps", "triangle", "scale")
    )
    constants = {packed: stored[:, rows, columns], starts: (numbers * (numbers + 1) // 2)[:, None], along: numbers}
    _add_constants(model, {**constants, scales: scale})
    _put_first(
        model,
        [
            helper.make_node("Add", [starts, along], [places]),
            helper.make_node("Gather", [packed, places], [square], axis=1),
            helper.make_node("Cast", [square], [steps], to=TensorProto.FLOAT),
            helper.make_node("Trilu", [steps], [triangle], upper=0),
            helper.make_node("Mul", [triangle, scales], [name]),
        ],
    )
    store_in_halves(model, scales)


def _in_bytes(
    value: npt.NDArray[np.float32], over: tuple[int, ...]
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Signed bytes, and the scale of each, which half precision holds exactly."""
    largest = np.abs(value).max(axis=over, keepdims=True)
    scale = np.maximum(largest / 127, np.finfo(np.float16).tiny).astype(np.float16).astype(np.float32)
    return np.rint(value / scale).clip(-127, 127).astype(np.int8), scale


def _add_constants(model: onnx.ModelProto, values: Mapping[str, npt.NDArray[Any]]) -> None:
    model.graph.initializer.extend(
        numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in values.items()
    )


def store_in_halves(model: onnx.ModelProto, name: str) -> None:
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
