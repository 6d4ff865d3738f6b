import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from linewatch.compiler.graph.floats import frames_as_floats
from linewatch.compiler.graph.runtime import Judge, open_session
from untaught import Untaught


def test_the_student_scores_as_it_did_and_bytes_end_at_the_first_cast(untaught: Untaught) -> None:
    model = onnx.ModelProto()
    model.CopyFrom(untaught.fp32)
    frames_as_floats(model)
    onnx.checker.check_model(model, full_check=True)
    assert not any(node.op_type in ("QuantizeLinear", "DequantizeLinear") for node in model.graph.node)
    assert [node.op_type for node in model.graph.node if "frames" in node.input] == ["Cast"]
    frames = [*untaught.normal[:2], *untaught.odd]
    wanted = Judge(untaught.fp32.SerializeToString(), optimised=False)(frames)
    found = Judge(model.SerializeToString(), optimised=False)(frames)
    np.testing.assert_allclose(found.scores, wanted.scores, rtol=1e-5)


@pytest.mark.parametrize(("scale", "zero"), [(1.0, 0), (2.0, 0), (0.5, 7), (4.0, 128)])
def test_quantizers_of_bytes_become_the_same_arithmetic(scale: float, zero: int) -> None:
    frames = np.arange(256, dtype=np.uint8).reshape(1, 8, 32, 1)
    model = rounding(scale, zero)
    (wanted,) = open_session(model.SerializeToString(), optimised=False).run(None, {"frames": frames})
    frames_as_floats(model)
    (found,) = open_session(model.SerializeToString(), optimised=False).run(None, {"frames": frames})
    np.testing.assert_array_equal(found, wanted)


def rounding(scale: float, zero: int) -> onnx.ModelProto:
    """Reads bytes with zero point 3 and scale 1/4, rounds them to other bytes, and reads those."""
    constants = {
        "s1": np.float32(0.25),
        "z1": np.uint8(3),
        "s2": np.float32(scale),
        "z2": np.uint8(zero),
    }
    nodes = [
        helper.make_node("DequantizeLinear", ["frames", "s1", "z1"], ["a"]),
        helper.make_node("QuantizeLinear", ["a", "s2", "z2"], ["b"]),
        helper.make_node("DequantizeLinear", ["b", "s2", "z2"], ["c"]),
    ]
    shape = ["N", "H", "W", "C"]
    graph = helper.make_graph(
        nodes,
        "rounding",
        [helper.make_tensor_value_info("frames", TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info("c", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
