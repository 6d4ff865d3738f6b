from collections.abc import Mapping

import numpy as np
import onnx
from onnx import numpy_helper

from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.target import ONNX_CPU_INT8, TENSORRT_INT8
from untaught import Untaught


def test_weights_use_all_eight_bits_and_activations_are_symmetric(graphs: Mapping[str, bytes]) -> None:
    model = onnx.load_from_string(graphs[TENSORRT_INT8])
    values = {constant.name: numpy_helper.to_array(constant) for constant in model.graph.initializer}
    weights = [value for value in values.values() if value.dtype == np.int8 and value.ndim == 4]
    assert len(weights) == 30
    for weight in weights:
        largest = np.abs(weight.astype(int)).max(axis=(1, 2, 3))
        assert largest.max() == 127
        assert (largest == 127).mean() > 0.9  # the others are of dead channels
    quantizers = [node for node in model.graph.node if node.op_type in ("QuantizeLinear", "DequantizeLinear")]
    assert all(values[node.input[2]].dtype == np.int8 and not values[node.input[2]].any() for node in quantizers)
    biases = [values[node.input[2]] for node in model.graph.node if node.op_type == "Conv" and len(node.input) > 2]
    assert {bias.dtype for bias in biases} == {np.dtype(np.float32)}


def test_additions_take_the_convolution_before_it_is_rounded(graphs: Mapping[str, bytes]) -> None:
    model = onnx.load_from_string(graphs[TENSORRT_INT8])
    makers = {name: node.op_type for node in model.graph.node for name in node.output}
    pairs = [
        {makers[name] for name in node.input}
        for node in model.graph.node
        if node.op_type == "Add" and all(name in makers for name in node.input)
    ]
    assert pairs.count({"DequantizeLinear", "Conv"}) == 6


def test_both_flavours_score_alike(graphs: Mapping[str, bytes], untaught: Untaught) -> None:
    frames = [*untaught.normal[:3], *untaught.odd]
    whole = Judge(untaught.fp32.SerializeToString())(frames).scores
    signed = Judge(graphs[TENSORRT_INT8], optimised=False)(frames).scores
    unsigned = Judge(graphs[ONNX_CPU_INT8])(frames).scores
    np.testing.assert_allclose(signed, whole, rtol=0.15)  # the teaching differs a little with the processor
    np.testing.assert_allclose(unsigned, whole, rtol=0.2)
