"""What a layer in floating point costs: its share of the work, times what no layer in integers would cost."""

from collections.abc import Mapping

import onnx
from onnx import numpy_helper

from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.precision.trial import Trial
from linewatch.compiler.progress import Progress
from linewatch.compiler.prove.measure import latencies_ms
from linewatch.compiler.quantize.layers import quantized_layers

_ROUNDS = 5


def costs_ms(trial: Trial, progress: Progress) -> Mapping[str, float]:
    """Estimated milliseconds a frame for each layer; both extremes are measured, the layers are not."""
    graphs = {"integers": trial.graph([]), "floating": trial.graph(trial.layers)}
    judges = {name: Judge(graph) for name, graph in graphs.items()}
    frame = [trial.normal[0]]
    calls = {name: (lambda judge=judge: judge(frame)) for name, judge in judges.items()}
    taken = latencies_ms(calls, progress, "measure layers", rounds=_ROUNDS)
    work = operations(trial)
    longer = max(0.0, taken["floating"] - taken["integers"])
    total = sum(work.values())
    return {layer: longer * count / total for layer, count in work.items()}


def operations(trial: Trial) -> Mapping[str, int]:
    """Multiplications of each convolution and sums of each addition, for one frame."""
    graph = onnx.shape_inference.infer_shapes(trial.model, data_prop=True).graph
    sizes = {value.name: [side.dim_value for side in value.type.tensor_type.shape.dim] for value in graph.value_info}
    weights = {constant.name: numpy_helper.to_array(constant).size for constant in graph.initializer}
    nodes = {node.name: node for node in graph.node}
    found: dict[str, int] = {}
    for layer, name in quantized_layers(trial.model, trial.kind.flavour).items():
        node = nodes[name]
        _, channels, height, width = sizes[node.output[0]]
        found[layer] = height * width * (weights[node.input[1]] if node.op_type == "Conv" else channels)
    return found
