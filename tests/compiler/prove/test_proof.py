from collections.abc import Mapping

import onnx
import pytest
from onnx import helper, numpy_helper

from linewatch.compiler.errors import GoldenFailed, GraphUnsupported
from linewatch.compiler.prove.proof import RULES_CHECK, prove_target
from linewatch.compiler.target import ONNX_CPU_INT8, TARGETS, TENSORRT_FP16, TENSORRT_INT8
from linewatch.compiler.tensorrt import builder
from untaught import HEIGHT, WIDTH, Untaught

FRAME = (HEIGHT, WIDTH)


@pytest.mark.parametrize("target", list(TARGETS))
def test_what_took_part_is_told(graphs: Mapping[str, bytes], untaught: Untaught, target: str) -> None:
    proof = prove_target(TARGETS[target], graphs[target], untaught.odd, FRAME)
    assert proof.scores.shape == (len(untaught.odd),)
    assert 0 <= proof.spread < 0.05
    assert len(proof.runtimes) >= 2
    assert (RULES_CHECK in proof.checks) == (target != ONNX_CPU_INT8)


def test_what_is_not_installed_is_told(
    graphs: Mapping[str, bytes], untaught: Untaught, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builder, "MODULE", "no_such_module")
    proof = prove_target(TARGETS[TENSORRT_INT8], graphs[TENSORRT_INT8], untaught.odd[:1], FRAME)
    assert proof.checks == (RULES_CHECK,)
    assert proof.absent == ("TensorRT-RTX",)


def test_a_graph_of_another_flavour_is_refused_by_name(graphs: Mapping[str, bytes], untaught: Untaught) -> None:
    for target in (TENSORRT_INT8, TENSORRT_FP16):
        with pytest.raises(GraphUnsupported, match=f"^{target}: TensorRT would not take the graph: .*Gather"):
            prove_target(TARGETS[target], graphs[ONNX_CPU_INT8], untaught.odd, FRAME)


def test_scores_that_are_not_numbers_are_refused_by_name(graphs: Mapping[str, bytes], untaught: Untaught) -> None:
    model = onnx.load_from_string(graphs[ONNX_CPU_INT8])
    threshold = next(constant for constant in model.graph.initializer if constant.name == "raw_threshold")
    threshold.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(threshold) * float("nan"), "raw_threshold"))
    with pytest.raises(GoldenFailed, match=r"^onnx-cpu-int8: ONNX Runtime .* not a number"):
        prove_target(TARGETS[ONNX_CPU_INT8], model.SerializeToString(), untaught.odd, FRAME)


def test_an_operator_that_no_runtime_knows_is_named(graphs: Mapping[str, bytes], untaught: Untaught) -> None:
    model = onnx.load_from_string(graphs[TENSORRT_INT8])
    last = next(node for node in model.graph.node if "score" in node.output)
    last.output[0] = "before"
    model.graph.node.append(helper.make_node("Mish", ["before"], ["score"]))
    with pytest.raises(GraphUnsupported, match=r"tensorrt-int8: .*Mish 'score'"):
        prove_target(TARGETS[TENSORRT_INT8], model.SerializeToString(), untaught.odd, FRAME)
