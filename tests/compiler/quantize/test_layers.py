"""Layers that stay in floating point, in both INT8 flavours."""

import numpy as np
import onnx
import pytest

from linewatch.compiler.errors import WrongUse
from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.quantize.layers import quantized_layers
from linewatch.compiler.quantize.quantize import quantize
from linewatch.compiler.quantize.refit import refit_normality
from linewatch.compiler.target import ONNX_CPU_INT8, TARGETS, TENSORRT_FP16, TENSORRT_INT8, Flavour
from linewatch.compiler.tensorrt.rules import check_rules
from untaught import Untaught

INT8 = (ONNX_CPU_INT8, TENSORRT_INT8)


def made(untaught: Untaught, target: str, *floating: str) -> onnx.ModelProto:
    return quantize(untaught.fp32, TARGETS[target], untaught.ranges, untaught.normal, floating)


def integer_weights(model: onnx.ModelProto) -> int:
    return sum(
        constant.data_type == onnx.TensorProto.INT8 and len(constant.dims) == 4 for constant in model.graph.initializer
    )


def test_layers_are_the_convolutions_and_additions_of_ten_blocks(untaught: Untaught) -> None:
    layers = quantized_layers(untaught.fp32, Flavour.CPU_INT8)
    parts = ("expand", "filter", "project")
    adds = {f"block{number}.add" for number in (2, 4, 6, 7, 9, 10)}
    assert set(layers) == {f"block{number}.{part}" for number in range(1, 11) for part in parts} | adds
    assert set(quantized_layers(untaught.fp32, Flavour.TENSORRT_INT8)) == set(layers) - adds
    kinds = {node.name: node for node in untaught.fp32.graph.node}
    groups = {
        name: next(a.i for a in kinds[node].attribute if a.name == "group")
        for name, node in layers.items()
        if ".add" not in name
    }
    assert {name for name, group in groups.items() if group > 1} == {name for name in groups if "filter" in name}


@pytest.mark.parametrize("target", INT8)
def test_with_every_layer_in_floating_point_it_is_the_fp32_student(untaught: Untaught, target: str) -> None:
    everything = quantized_layers(untaught.fp32, TARGETS[target].flavour)
    model = made(untaught, target, *everything)
    assert integer_weights(model) == 0
    whole = onnx.ModelProto()
    whole.CopyFrom(untaught.fp32)
    refit_normality(whole, untaught.normal, optimised=True)
    frames = [*untaught.normal[:2], *untaught.odd]
    wanted = Judge(whole.SerializeToString())(frames).scores
    np.testing.assert_allclose(Judge(model.SerializeToString(), optimised=False)(frames).scores, wanted, rtol=2e-2)


@pytest.mark.parametrize("target", INT8)
@pytest.mark.parametrize("layers", [("block1.expand",), ("block5.filter",), ("block4.project", "block9.expand")])
def test_some_layers_read_and_weigh_what_was_not_rounded(
    untaught: Untaught, target: str, layers: tuple[str, ...]
) -> None:
    model = made(untaught, target, *layers)
    assert integer_weights(model) == 30 - len(layers)
    onnx.checker.check_model(model, full_check=True)
    if target == TENSORRT_INT8:
        check_rules(model.SerializeToString())
    makers = {name: node.op_type for node in model.graph.node for name in node.output}
    convolutions = [
        [makers.get(name) for name in node.input[:2]] for node in model.graph.node if node.op_type == "Conv"
    ]
    assert convolutions.count(["DequantizeLinear", "DequantizeLinear"]) == 30 - len(layers)
    frames = [*untaught.normal[:2], *untaught.odd]
    as_written = Judge(model.SerializeToString(), optimised=False)(frames).scores
    np.testing.assert_allclose(as_written, Judge(untaught.fp32.SerializeToString())(frames).scores, rtol=0.2)
    if target == ONNX_CPU_INT8:
        np.testing.assert_allclose(Judge(model.SerializeToString())(frames).scores, as_written, rtol=0.03)


def test_an_addition_may_stay_in_floating_point_where_it_is_quantized_at_all(untaught: Untaught) -> None:
    frames = [*untaught.normal[:2], *untaught.odd]
    scores = Judge(made(untaught, ONNX_CPU_INT8, "block4.add", "block7.add").SerializeToString())(frames).scores
    np.testing.assert_allclose(scores, Judge(untaught.fp32.SerializeToString())(frames).scores, rtol=0.2)
    with pytest.raises(WrongUse, match=r"no layer 'block4\.add'"):
        made(untaught, TENSORRT_INT8, "block4.add")


@pytest.mark.parametrize("target", [*INT8, TENSORRT_FP16])
def test_a_layer_that_is_none_is_refused(untaught: Untaught, target: str) -> None:
    with pytest.raises(WrongUse, match=r"no layer 'block0\.filter'"):
        made(untaught, target, "block0.filter")
