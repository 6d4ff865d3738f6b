"""Writes ONNX graphs node by node: short stable names, nothing of the machine in them, the same bytes every time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 19
IR_VERSION = 9
PRODUCER = "linewatch-compiler"


class GraphWriter:
    """Collects nodes and constants; values are named `<op><number>` in order of writing."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, npt.NDArray[Any]] = {}
        self._count = 0

    def constant(self, value: npt.ArrayLike, dtype: npt.DTypeLike, *, name: str = "") -> str:
        """Store an array and give its name; unnamed equal arrays share one."""
        array = np.array(value, dtype=dtype, order="C")
        if name:
            self._constants[name] = array
            return name
        for name, known in self._constants.items():
            if known.dtype == array.dtype and known.shape == array.shape and np.array_equal(known, array):
                return name
        name = f"c{len(self._constants)}"
        self._constants[name] = array
        return name

    def node(self, op: str, inputs: Sequence[str], *, output: str = "", **attributes: Any) -> str:  # noqa: ANN401
        """Append a node with one output; give its name, or get one."""
        self._count += 1
        name = f"{op.lower()}{self._count}"
        self._nodes.append(helper.make_node(op, list(inputs), [output or name], name=name, **attributes))
        return output or name

    def nodes(self, op: str, inputs: Sequence[str], outputs: int, **attributes: Any) -> list[str]:  # noqa: ANN401
        """Append a node with several outputs."""
        self._count += 1
        name = f"{op.lower()}{self._count}"
        made = [f"{name}_{index}" for index in range(outputs)]
        self._nodes.append(helper.make_node(op, list(inputs), made, name=name, **attributes))
        return made

    def model(
        self, name: str, inputs: Sequence[onnx.ValueInfoProto], outputs: Sequence[onnx.ValueInfoProto]
    ) -> onnx.ModelProto:
        """The checked model.

        Raises:
            onnx.checker.ValidationError: a node was written wrongly.
        """
        graph = helper.make_graph(
            self._nodes,
            name,
            list(inputs),
            list(outputs),
            [numpy_helper.from_array(array, key) for key, array in self._constants.items()],
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name=PRODUCER, ir_version=IR_VERSION
        )
        onnx.checker.check_model(model, full_check=True)
        return model


def tensor(name: str, dtype: int, shape: Sequence[int | str]) -> onnx.ValueInfoProto:
    """A tensor at the border of the graph; a word in `shape` names a free dimension."""
    return helper.make_tensor_value_info(name, dtype, list(shape))


UINT8: int = TensorProto.UINT8
INT32: int = TensorProto.INT32
INT64: int = TensorProto.INT64
FLOAT: int = TensorProto.FLOAT
