"""OpenVINO, on the processor."""

from collections.abc import Sequence

import numpy as np

from linewatch.compiler.graph.export import FRAMES, SCORE
from linewatch.compiler.optional import load
from linewatch.compiler.teacher import FloatArray, UInt8Array

PRECISION = {"INFERENCE_PRECISION_HINT": "f32"}
"""Left to itself, OpenVINO runs the floating-point nodes in bfloat16 where the processor can, and scores otherwise.

What is quantized runs in integers either way.
"""

_ONE_THREAD = {"INFERENCE_NUM_THREADS": 1}


def openvino_scores(graph: bytes, frames: Sequence[UInt8Array]) -> FloatArray:
    """Image scores float32[N].

    Raises:
        WrongUse: OpenVINO is not installed.
    """
    core = load("openvino").Core()
    compiled = core.compile_model(core.read_model(graph), "CPU", {**PRECISION, **_ONE_THREAD})
    return np.concatenate([compiled({FRAMES: frame[None]})[SCORE] for frame in frames]).astype(np.float32)
