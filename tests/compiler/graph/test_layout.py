import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from linewatch.compiler.errors import CompilerError
from linewatch.compiler.graph.layout import hand_over_channels_last
from linewatch.compiler.graph.runtime import open_session


def two_convolutions() -> onnx.ModelProto:
    """A convolution in floating point, whose output `front` is quantized, and one behind it."""
    random = np.random.default_rng(0)
    constants = {
        "w1": random.standard_normal((16, 3, 3, 3)).astype(np.float32),
        "w2": random.standard_normal((8, 16, 1, 1)).astype(np.float32),
        "scale": np.float32(0.1),
        "zero": np.uint8(100),
    }
    nodes = [
        helper.make_node("Conv", ["x", "w1"], ["front"], pads=[1] * 4),
        helper.make_node("QuantizeLinear", ["front", "scale", "zero"], ["small"]),
        helper.make_node("DequantizeLinear", ["small", "scale", "zero"], ["again"]),
        helper.make_node("Conv", ["again", "w2"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "two",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, "H", "W"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 8, "H", "W"])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)


@pytest.mark.parametrize("optimised", [True, False])
def test_the_graph_computes_what_it_did(optimised: bool) -> None:
    x = np.random.default_rng(1).standard_normal((2, 3, 6, 10)).astype(np.float32)
    before, after = two_convolutions(), two_convolutions()
    hand_over_channels_last(after, "front")
    onnx.checker.check_model(after, full_check=True)
    (wanted,) = open_session(before.SerializeToString(), optimised=optimised).run(None, {"x": x})
    (found,) = open_session(after.SerializeToString(), optimised=optimised).run(None, {"x": x})
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() < 0.5  # a step of rounding here and there, of numbers around 10
    assert np.corrcoef(found.ravel(), wanted.ravel())[0, 1] > 0.999


def test_a_value_that_nothing_quantizes_is_refused() -> None:
    with pytest.raises(CompilerError, match="'again'"):
        hand_over_channels_last(two_convolutions(), "again")
