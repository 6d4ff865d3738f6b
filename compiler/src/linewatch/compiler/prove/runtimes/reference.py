"""The reference evaluator of the ONNX project: slow, and the closest thing to what the specification says."""

from collections.abc import Sequence

import numpy as np
from onnx.reference import ReferenceEvaluator

from linewatch.compiler.graph.export import FRAMES, SCORE
from linewatch.compiler.teacher import FloatArray, UInt8Array


def reference_scores(graph: bytes, frames: Sequence[UInt8Array]) -> FloatArray:
    """Image scores float32[N]; about half a second a frame."""
    evaluator = ReferenceEvaluator(graph)
    answers: list[list[FloatArray]] = [evaluator.run([SCORE], {FRAMES: frame[None]}) for frame in frames]  # type: ignore[misc]
    return np.concatenate([scores for (scores,) in answers])
