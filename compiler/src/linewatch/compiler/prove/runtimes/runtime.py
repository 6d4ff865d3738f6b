"""Which runtimes score the golden pictures of a target: the first of a list gives the scores that all must repeat."""

import importlib.metadata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from linewatch.compiler.optional import is_installed
from linewatch.compiler.prove.runtimes.onnx_runtime import optimised_scores, scores_as_written
from linewatch.compiler.prove.runtimes.openvino import openvino_scores
from linewatch.compiler.prove.runtimes.reference import reference_scores
from linewatch.compiler.target import Flavour
from linewatch.compiler.teacher import FloatArray, UInt8Array

Score: TypeAlias = Callable[[bytes, Sequence[UInt8Array]], FloatArray]
"""Image scores float32[N] that a serialized graph gives frames RGB uint8[H, W, 3]."""

REFERENCE_PICTURES = 2


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """One way to run a graph: `how` says which of several, `pictures` limits how many it is asked for."""

    name: str
    distribution: str
    module: str
    score: Score
    how: str = ""
    pictures: int | None = None

    @property
    def installed(self) -> bool:
        """Whether it can take part."""
        return is_installed(self.module)

    @property
    def label(self) -> str:
        """Name, version and way, for people and for the recipe."""
        return f"{self.name} {importlib.metadata.version(self.distribution)}{self.how and f' ({self.how})'}"


_OPTIMISED = Runtime(name="ONNX Runtime", distribution="onnxruntime", module="onnxruntime", score=optimised_scores)
_AS_WRITTEN = Runtime(
    name="ONNX Runtime", distribution="onnxruntime", module="onnxruntime", score=scores_as_written, how="as written"
)
_REFERENCE = Runtime(
    name="ONNX reference evaluator",
    distribution="onnx",
    module="onnx",
    score=reference_scores,
    pictures=REFERENCE_PICTURES,
)
_OPENVINO = Runtime(name="OpenVINO", distribution="openvino", module="openvino", score=openvino_scores)

RUNTIMES: Mapping[Flavour, tuple[Runtime, ...]] = {
    Flavour.CPU_INT8: (_OPTIMISED, _AS_WRITTEN, _REFERENCE, _OPENVINO),
    Flavour.TENSORRT_INT8: (_AS_WRITTEN, _REFERENCE),
    Flavour.TENSORRT_FP16: (_AS_WRITTEN, _REFERENCE),
}
