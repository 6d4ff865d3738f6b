import numpy as np
import onnx
from bench.compiler.stfpm import MACS, SIDE, quantized, stfpm_graph

from linewatch.compiler.graph.runtime import open_session


def multiplications(model: onnx.ModelProto) -> int:
    shapes = {
        value.name: [dimension.dim_value for dimension in value.type.tensor_type.shape.dim]
        for value in onnx.shape_inference.infer_shapes(model).graph.value_info
    }
    weights = {constant.name: list(constant.dims) for constant in model.graph.initializer}
    return sum(
        int(np.prod(shapes[node.output[0]])) * int(np.prod(weights[node.input[1]][1:]))
        for node in model.graph.node
        if node.op_type == "Conv"
    )


def test_the_rival_is_as_large_as_it_is_said_to_be_and_runs_in_integers() -> None:
    model = stfpm_graph()
    assert abs(multiplications(model) / MACS - 1) < 0.03
    small = quantized(model)
    convolutions = [node for node in small.graph.node if node.op_type == "Conv"]
    made = {output: node.op_type for node in small.graph.node for output in node.output}
    assert len(convolutions) == 30
    assert all(made[node.input[0]] == made[node.input[1]] == "DequantizeLinear" for node in convolutions)
    picture = np.random.default_rng(0).normal(0, 1, (1, 3, SIDE, SIDE)).astype(np.float32)
    first, second = (
        open_session(graph.SerializeToString()).run(None, {"pictures": picture})[0] for graph in (model, small)
    )
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.8
