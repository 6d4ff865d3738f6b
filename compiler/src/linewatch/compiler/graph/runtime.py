"""Runs compiled graphs in ONNX Runtime, the way devices do."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]

from linewatch.compiler.teacher import FloatArray, UInt8Array

PROVIDERS = ["CPUExecutionProvider"]
_QUIET = 3


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """What a graph says of N frames: scores float32[N], maps float32[N, h, w], embeddings float32[N, D]."""

    scores: FloatArray
    maps: FloatArray
    embeddings: FloatArray


def together(parts: Sequence[Verdicts]) -> Verdicts:
    """Several verdicts as one, in order."""
    return Verdicts(
        scores=np.concatenate([one.scores for one in parts]),
        maps=np.concatenate([one.maps for one in parts]),
        embeddings=np.concatenate([one.embeddings for one in parts]),
    )


def open_session(model: bytes, *, optimised: bool = True) -> ort.InferenceSession:
    """A session on one thread. Without `optimised`, every node runs as it is written."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _QUIET
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if not optimised:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return ort.InferenceSession(model, options, providers=PROVIDERS)


class Judge:
    """A compiled graph, ready to judge frames."""

    def __init__(self, model: bytes, *, optimised: bool = True) -> None:
        self._session = open_session(model, optimised=optimised)

    def __call__(self, frames: Sequence[UInt8Array]) -> Verdicts:
        """Judge RGB uint8[H, W, 3] frames of any sizes, one at a time."""
        return together([self.batch(frame[None]) for frame in frames])

    def batch(self, frames: UInt8Array) -> Verdicts:
        """Judge frames uint8[N, H, W, 3] of one size in one run."""
        scores, maps, embeddings = self._session.run(["score", "map", "embedding"], {"frames": frames})
        return Verdicts(scores=scores, maps=maps, embeddings=embeddings)
