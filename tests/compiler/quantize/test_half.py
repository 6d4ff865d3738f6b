from collections.abc import Mapping

import numpy as np
import onnx
from onnx import TensorProto

from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.target import TENSORRT_FP16
from untaught import Untaught


def test_the_network_is_halved_and_the_scoring_is_not(graphs: Mapping[str, bytes]) -> None:
    model = onnx.load_from_string(graphs[TENSORRT_FP16])
    inferred = onnx.shape_inference.infer_shapes(model).graph
    types = {value.name: value.type.tensor_type.elem_type for value in (*inferred.value_info, *inferred.output)}
    convolutions = [types[node.output[0]] for node in model.graph.node if node.op_type == "Conv"]
    assert convolutions.count(TensorProto.FLOAT16) == 32
    assert convolutions.count(TensorProto.FLOAT) == 2
    assert {types[node.output[0]] for node in model.graph.node if node.op_type == "MatMul"} == {TensorProto.FLOAT}
    assert not any(types.get(name) == TensorProto.FLOAT16 for name in ("score", "map", "embedding"))


def test_it_scores_as_the_whole_does(graphs: Mapping[str, bytes], untaught: Untaught) -> None:
    frames = [*untaught.normal[:3], *untaught.odd]
    whole = Judge(untaught.fp32.SerializeToString())(frames).scores
    np.testing.assert_allclose(Judge(graphs[TENSORRT_FP16], optimised=False)(frames).scores, whole, rtol=0.02)
