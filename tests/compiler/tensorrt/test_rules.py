from collections.abc import Callable, Mapping

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from linewatch.compiler.errors import GraphUnsupported
from linewatch.compiler.target import TENSORRT_FP16, TENSORRT_INT8
from linewatch.compiler.tensorrt.rules import check_rules

Fault = Callable[[onnx.ModelProto], None]


def replace(model: onnx.ModelProto, name: str, value: object, dtype: type) -> None:
    constant = next(constant for constant in model.graph.initializer if constant.name == name)
    constant.CopyFrom(numpy_helper.from_array(np.asarray(value, dtype), name))


def first(model: onnx.ModelProto, op: str) -> onnx.NodeProto:
    return next(node for node in model.graph.node if node.op_type == op)


def with_zero(model: onnx.ModelProto, value: int, dtype: type) -> None:
    """Give the quantizer of `front` and its inverse another zero point."""
    model.graph.initializer.append(numpy_helper.from_array(np.asarray(value, dtype), "other_zero"))
    for node in model.graph.node:
        if node.op_type in ("QuantizeLinear", "DequantizeLinear") and node.input[0] in ("front", "front_small"):
            node.input[2] = "other_zero"


def unsigned(model: onnx.ModelProto) -> None:
    with_zero(model, 128, np.uint8)


def shifted(model: onnx.ModelProto) -> None:
    with_zero(model, 3, np.int8)


def no_zero_point(model: onnx.ModelProto) -> None:
    del first(model, "QuantizeLinear").input[2]


def negative_scale(model: onnx.ModelProto) -> None:
    replace(model, "front_scale", -1.0, np.float32)


def integer_bias(model: onnx.ModelProto) -> None:
    bias = first(model, "Conv").input[2]
    value = next(constant for constant in model.graph.initializer if constant.name == bias)
    replace(model, bias, np.zeros(numpy_helper.to_array(value).shape), np.int32)


def weights_alone(model: onnx.ModelProto) -> None:
    for node in model.graph.node:
        if node.op_type == "Conv" and node.input[0] == "front_again":
            node.input[0] = "front"


def integers_read(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("Identity", ["front_small"], ["peek"]))


def other_scale(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(numpy_helper.from_array(np.array(9.0, np.float32), "other"))
    next(node for node in model.graph.node if "front_again" in node.output).input[1] = "other"


def wrong_axis(model: onnx.ModelProto) -> None:
    node = next(node for node in model.graph.node if node.attribute and node.op_type == "DequantizeLinear")
    node.attribute[0].i = 1


def bytes_gathered(model: onnx.ModelProto) -> None:
    gathers = [node for node in model.graph.node if node.op_type == "Gather" and "frames_float" in node.input]
    gathers[0].input[0] = "frames"


def newer_opset(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 21


def foreign_operators(model: onnx.ModelProto) -> None:
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))


def elsewhere(model: onnx.ModelProto) -> None:
    constant = next(constant for constant in model.graph.initializer if constant.name == "normal_mean")
    constant.ClearField("raw_data")
    constant.data_location = TensorProto.EXTERNAL
    constant.external_data.add(key="location", value="mean.bin")


def made_axes(model: onnx.ModelProto) -> None:
    node = first(model, "TopK")
    model.graph.node.insert(0, helper.make_node("Identity", [node.input[1]], ["count"]))
    node.input[1] = "count"


def cubic(model: onnx.ModelProto) -> None:
    next(one for one in first(model, "Resize").attribute if one.name == "mode").s = b"cubic"


def mixed_types(model: onnx.ModelProto) -> None:
    model.graph.node.insert(0, helper.make_node("Cast", ["normal_mean"], ["half"], to=TensorProto.FLOAT16))
    for subtraction in model.graph.node:
        if subtraction.op_type == "Sub" and "normal_mean" in subtraction.input:
            subtraction.input[1] = "half"


@pytest.mark.parametrize("target", [TENSORRT_INT8, TENSORRT_FP16])
def test_the_flavours_follow_the_rules(graphs: Mapping[str, bytes], target: str) -> None:
    check_rules(graphs[target])


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (unsigned, r"QuantizeLinear 'front_small': its zero point is uint8, quantize to signed int8"),
        (shifted, r"'front_small': its zero point is not 0, quantize symmetrically"),
        (no_zero_point, r"QuantizeLinear '\w+': give it a zero point"),
        (negative_scale, r"every scale must be a floating-point number above 0"),
        (integer_bias, r"Conv '\w+': its bias must be a floating-point constant"),
        (weights_alone, r"Conv '\w+': its weights are quantized and its input is not"),
        (integers_read, r"QuantizeLinear 'front_small': Identity 'peek' reads its integers"),
        (other_scale, r"DequantizeLinear 'front_again': what it reads was not quantized with the same scale"),
        (wrong_axis, r"the scales of weights run along axis 0"),
        (bytes_gathered, r"Gather '\w+': it does not take UINT8, cast 'frames' to FLOAT before it"),
        (newer_opset, r"the graph has opset 21: export with one of 9 to 20"),
        (foreign_operators, r"operators of 'com\.microsoft'"),
        (elsewhere, r"the constant 'normal_mean' lies in another file"),
        (made_axes, r"TopK '\w+': 'count' must be a constant of the graph"),
        (cubic, r"Resize '\w+': the mode 'cubic' is not supported, use one of nearest, linear"),
        (mixed_types, r"Sub '\w+': it mixes FLOAT and FLOAT16, cast its inputs to one type"),
    ],
)
def test_each_fault_names_its_node_and_what_to_do(graphs: Mapping[str, bytes], fault: Fault, said: str) -> None:
    model = onnx.load_from_string(graphs[TENSORRT_INT8])
    fault(model)
    with pytest.raises(GraphUnsupported, match=said):
        check_rules(model.SerializeToString())
