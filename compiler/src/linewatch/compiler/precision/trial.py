"""What precision is judged by: how a target's graph scores held-back good pictures and synthetic defects on them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import onnx

from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.pictures import Division
from linewatch.compiler.prove.metrics import auroc, auroc_loss
from linewatch.compiler.quantize.calibrate import Ranges
from linewatch.compiler.quantize.layers import quantized_layers
from linewatch.compiler.quantize.quantize import quantize
from linewatch.compiler.target import TargetKind
from linewatch.compiler.teach.synthetic import spoiled_copies
from linewatch.compiler.teacher import FloatArray, UInt8Array

_GOOD, _HELD = 24, 32
_DEFECTS = 2
"""Of different kinds, on copies of each held-back picture."""
_LEAST_SCORE = 1e-6


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Raw scores float32[N] of one graph for `normal` pictures and for `defective` ones."""

    normal: FloatArray
    defective: FloatArray

    @property
    def auroc(self) -> float:
        """How well the two are told apart."""
        return auroc(self.normal, self.defective)

    def loss_against(self, reference: "Outcome") -> tuple[float, float]:
        """AUROC lost against `reference`, and the standard error of that."""
        return auroc_loss((reference.normal, reference.defective), (self.normal, self.defective))

    def apart_from(self, reference: "Outcome") -> float:
        """How far the scores are from those of `reference`: root mean square of what their logarithms differ by, in
        standard deviations of the reference.
        """
        mine, others = (np.log(np.maximum(one._all(), _LEAST_SCORE)) for one in (self, reference))
        return float(np.sqrt(np.square(mine - others).mean()) / max(float(others.std()), _LEAST_SCORE))

    def _all(self) -> FloatArray:
        return np.concatenate([self.normal, self.defective])


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A student's FP32 graph that is to be made into a target's, and pictures to judge the result by.

    Frames are RGB uint8[H, W, 3]: `good` ones show a graph what is normal, `normal` ones were held back, and
    `defective` ones are those with synthetic defects.
    """

    model: onnx.ModelProto
    kind: TargetKind
    ranges: Ranges
    good: Sequence[UInt8Array]
    normal: Sequence[UInt8Array]
    defective: Sequence[UInt8Array]

    @classmethod
    def on(cls, model: onnx.ModelProto, kind: TargetKind, ranges: Ranges, division: Division, *, seed: int) -> "Trial":
        """A trial on some of the pictures, evenly chosen; the same for the same seed."""
        normal = _spread(division.held, _HELD)
        defective = spoiled_copies(normal, _DEFECTS, seed)
        good = _spread(division.fit, _GOOD)
        return cls(model=model, kind=kind, ranges=ranges, good=good, normal=normal, defective=defective)

    @property
    def layers(self) -> list[str]:
        """Names of the layers that the target computes in integers."""
        return list(quantized_layers(self.model, self.kind.flavour))

    def graph(self, floating: Collection[str]) -> bytes:
        """The target's serialized graph with the layers `floating` in floating point."""
        return quantize(self.model, self.kind, self.ranges, self.good, floating).SerializeToString()

    def outcome(self, floating: Collection[str]) -> Outcome:
        """How that graph scores."""
        judge = Judge(self.graph(floating), optimised=self.kind.native)
        return Outcome(normal=judge(self.normal).scores, defective=judge(self.defective).scores)


def _spread(frames: Sequence[UInt8Array], count: int) -> list[UInt8Array]:
    chosen = np.linspace(0, len(frames) - 1, min(count, len(frames)))
    return [frames[round(index)] for index in chosen]
