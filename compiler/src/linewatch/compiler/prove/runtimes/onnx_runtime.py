"""ONNX Runtime, with its optimiser and without."""

from collections.abc import Sequence

from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.teacher import FloatArray, UInt8Array


def optimised_scores(graph: bytes, frames: Sequence[UInt8Array]) -> FloatArray:
    """Image scores float32[N], as devices run the graph."""
    return Judge(graph)(frames).scores


def scores_as_written(graph: bytes, frames: Sequence[UInt8Array]) -> FloatArray:
    """Image scores float32[N], with every node run as it stands in the graph."""
    return Judge(graph, optimised=False)(frames).scores
