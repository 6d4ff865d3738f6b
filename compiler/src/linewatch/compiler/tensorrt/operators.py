"""The operators that the students' graphs may use in TensorRT, with the types that its ONNX parser takes.

A part of the support matrix of the parser (`docs/operators.md` of onnx-tensorrt): what TensorRT 10.0 takes, 11 takes as
well. Unsigned bytes cross the border of the graph only; signed ones pass between quantizers only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from onnx import TensorProto

FIRST_OPSET, LAST_OPSET = 9, 20
"""What TensorRT 10.0 reads; 11 reads up to 25."""

FLOATS = frozenset({TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16})
INTEGERS = frozenset({TensorProto.INT32, TensorProto.INT64})
_NUMBERS = FLOATS | INTEGERS
_ANY = _NUMBERS | {TensorProto.BOOL}


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Element types of the first input, and the places of inputs that must be constants of the graph."""

    types: frozenset[int]
    constants: tuple[int, ...] = ()


OPERATORS: Mapping[str, Operator] = {
    "Abs": Operator(types=_NUMBERS),
    "Add": Operator(types=_NUMBERS),
    "AveragePool": Operator(types=FLOATS),
    "Cast": Operator(types=_ANY | {TensorProto.UINT8}),
    "Clip": Operator(types=FLOATS),
    "Concat": Operator(types=_ANY),
    "Conv": Operator(types=FLOATS),
    "DequantizeLinear": Operator(types=frozenset({TensorProto.INT8}), constants=(1, 2)),
    "Div": Operator(types=_NUMBERS),
    "Flatten": Operator(types=_ANY),
    "Gather": Operator(types=_ANY),
    "Gemm": Operator(types=FLOATS),
    "GlobalAveragePool": Operator(types=FLOATS),
    "Identity": Operator(types=_ANY),
    "Log": Operator(types=FLOATS),
    "MatMul": Operator(types=FLOATS),
    "Max": Operator(types=_NUMBERS),
    "Min": Operator(types=_NUMBERS),
    "Mul": Operator(types=_NUMBERS),
    "QuantizeLinear": Operator(types=FLOATS, constants=(1, 2)),
    "ReduceMax": Operator(types=_NUMBERS, constants=(1,)),
    "ReduceMean": Operator(types=_NUMBERS, constants=(1,)),
    "ReduceSum": Operator(types=_NUMBERS, constants=(1,)),
    "ReduceSumSquare": Operator(types=_NUMBERS, constants=(1,)),
    "Relu": Operator(types=FLOATS),
    "Reshape": Operator(types=_ANY),
    "Resize": Operator(types=FLOATS),
    "Round": Operator(types=FLOATS),
    "Shape": Operator(types=_ANY),
    "Sigmoid": Operator(types=FLOATS),
    "Slice": Operator(types=_ANY, constants=(3,)),
    "Softmax": Operator(types=FLOATS),
    "Softplus": Operator(types=FLOATS),
    "Sqrt": Operator(types=FLOATS),
    "Squeeze": Operator(types=_ANY, constants=(1,)),
    "Sub": Operator(types=_NUMBERS),
    "TopK": Operator(types=FLOATS, constants=(1,)),
    "Transpose": Operator(types=_ANY),
    "Unsqueeze": Operator(types=_ANY, constants=(1,)),
}
