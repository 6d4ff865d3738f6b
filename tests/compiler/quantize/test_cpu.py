from collections.abc import Mapping

import numpy as np
import onnx
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper, numpy_helper

from linewatch.compiler.graph.export import body_nodes
from linewatch.compiler.quantize.cpu import shared_by_additions
from linewatch.compiler.target import ONNX_CPU_INT8
from untaught import Untaught


def constants(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    return {constant.name: numpy_helper.to_array(constant) for constant in model.graph.initializer}


def test_what_is_added_shares_scale_and_zero_point(graphs: Mapping[str, bytes]) -> None:
    model = onnx.load_from_string(graphs[ONNX_CPU_INT8])
    values = constants(model)
    scales = {node.output[0]: node.input[1:] for node in model.graph.node if node.op_type == "DequantizeLinear"}
    readers = {node.input[0]: node.input[1:] for node in model.graph.node if node.op_type == "QuantizeLinear"}
    rounded = {node.output[0] for node in model.graph.node if node.op_type == "QuantizeLinear"}
    again = {node.output[0] for node in model.graph.node if node.input and node.input[0] in rounded}
    additions = [node for node in model.graph.node if node.op_type == "Add" and set(node.input) <= again]
    assert len(additions) == 6
    for node in additions:
        used = [scales[node.input[0]], scales[node.input[1]], readers[node.output[0]]]
        assert len({(float(values[scale]), int(values[zero])) for scale, zero in used}) == 1


def test_biases_are_whole_numbers_of_accumulator_steps(graphs: Mapping[str, bytes]) -> None:
    model = onnx.load_from_string(graphs[ONNX_CPU_INT8])
    values = constants(model)
    scales = {node.output[0]: node.input[1] for node in model.graph.node if node.op_type == "DequantizeLinear"}
    quantized = [node for node in model.graph.node if node.op_type == "Conv" and set(node.input[:2]) <= set(scales)]
    assert len(quantized) == 30
    for node in quantized:
        step = values[scales[node.input[0]]].astype(float) * values[scales[node.input[1]]].astype(float)
        steps = values[node.input[2]] / step
        assert np.abs(steps - np.rint(steps)).max() <= 1e-6 * max(1, np.abs(steps).max())


def test_ranges_that_no_addition_touches_stay(untaught: Untaught) -> None:
    body = set(body_nodes(untaught.fp32))
    additions = [node for node in untaught.fp32.graph.node if node.name in body and node.op_type == "Add"]
    shared = shared_by_additions(additions, untaught.ranges)
    added = {name for node in additions for name in (*node.input, *node.output)}
    assert shared.keys() == untaught.ranges.keys()
    assert {name for name in shared if shared[name] != untaught.ranges[name]} <= added


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=5),
    st.lists(st.tuples(st.floats(-9, -1), st.floats(1, 9)), min_size=11, max_size=11),
)
def test_a_chain_of_additions_shares_the_widest_range(
    pairs: list[tuple[int, int]], limits: list[tuple[float, float]]
) -> None:
    nodes = [helper.make_node("Add", [f"v{a}", f"v{b}"], [f"v{6 + i}"]) for i, (a, b) in enumerate(pairs)]
    ranges = {f"v{index}": pair for index, pair in enumerate(limits)}
    shared = shared_by_additions(nodes, ranges)
    for node in nodes:
        assert len({shared[name] for name in (*node.input, *node.output)}) == 1
    for name, (low, high) in ranges.items():
        assert shared[name][0] <= low
        assert shared[name][1] >= high
    assert min(low for low, _ in shared.values()) == min(low for low, _ in ranges.values())
