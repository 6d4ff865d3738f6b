"""Keeps large floating-point constants in fewer bits, and has the graph make numbers of them again."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper


def store_in_bytes(model: onnx.ModelProto, name: str, over: tuple[int, ...]) -> None:
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
    store_in_halves(model, scales)


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
