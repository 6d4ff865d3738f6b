"""Writes quantizers into a graph: pairs that round an activation, and weights that are held as integers."""

from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

LEAST_SCALE = 1e-10
"""Of what is nothing everywhere."""


def round_activation(
    model: onnx.ModelProto, name: str, scale: float, zero: npt.NDArray[Any], *, left_out: Collection[str] = ()
) -> None:
    """Have every reader of a value but the nodes called `left_out` read it in steps of `scale`.

    `zero` is the zero point, a scalar; its type is that of the integers.
    """
    step, small, again = f"{name}_scale", f"{name}_small", f"{name}_again"
    model.graph.initializer.append(numpy_helper.from_array(np.array(max(scale, LEAST_SCALE), np.float32), step))
    point = shared_constant(model, zero)
    for node in model.graph.node:
        if node.name not in left_out:
            read_instead(node, name, again)
    place = next(index for index, node in enumerate(model.graph.node) if name in node.output)
    model.graph.node.insert(place + 1, helper.make_node("QuantizeLinear", [name, step, point], [small]))
    model.graph.node.insert(place + 2, helper.make_node("DequantizeLinear", [small, step, point], [again]))


def hold_weight(model: onnx.ModelProto, name: str, most: int) -> npt.NDArray[np.float32]:
    """Replace weights float32[O, I, H, W] by signed integers up to `most`; gives the scale of each of the O outputs."""
    place = next(index for index, constant in enumerate(model.graph.initializer) if constant.name == name)
    value = numpy_helper.to_array(model.graph.initializer[place])
    del model.graph.initializer[place]
    scale = weight_scales(value, most)
    stored = np.rint(value / scale[:, None, None, None]).clip(-most, most).astype(np.int8)
    parts: dict[str, npt.NDArray[Any]] = {f"{name}_small": stored, f"{name}_scale": scale}
    model.graph.initializer.extend(numpy_helper.from_array(part, key) for key, part in parts.items())
    zero = shared_constant(model, np.zeros(len(scale), np.int8))
    model.graph.node.insert(0, helper.make_node("DequantizeLinear", [*parts, zero], [name], axis=0))
    return scale


def weight_scales(value: npt.NDArray[np.float32], most: int) -> npt.NDArray[np.float32]:
    """The step of each output of weights [O, I, H, W], so that the largest of them is `most` steps."""
    scales: npt.NDArray[np.float32] = np.maximum(np.abs(value).max(axis=(1, 2, 3)) / most, LEAST_SCALE)
    return scales.astype(np.float32)


def shared_constant(model: onnx.ModelProto, value: npt.NDArray[Any]) -> str:
    """Name of a zero point that all who need the same one share."""
    name = f"zero_{value.dtype}_{int(value.flat[0])}_{'x'.join(map(str, value.shape))}"
    if all(constant.name != name for constant in model.graph.initializer):
        model.graph.initializer.append(numpy_helper.from_array(value, name))
    return name


def read_instead(node: onnx.NodeProto, name: str, other: str) -> None:
    """Have a node read one value in the place of another."""
    for place, read in enumerate(node.input):
        if read == name:
            node.input[place] = other
