"""From a finished student to graphs: FP32, one of each target, and the threshold inside each of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import onnx

from linewatch.compiler.bundle.threshold import decide
from linewatch.compiler.errors import ScoresUnusable
from linewatch.compiler.graph.export import export, set_threshold
from linewatch.compiler.graph.region import cut_out_region
from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.pictures import Division
from linewatch.compiler.precision.mixed import Precision, choose_precision
from linewatch.compiler.precision.trial import Trial
from linewatch.compiler.progress import Progress
from linewatch.compiler.quantize.calibrate import Ranges, calibrate
from linewatch.compiler.quantize.quantize import quantize
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.student.student import Student
from linewatch.compiler.target import TARGETS, TargetKind
from linewatch.compiler.teach.synthetic import add_defects
from linewatch.compiler.teacher import FloatArray, UInt8Array
from linewatch.protos.bundle import RegionOfInterest
from linewatch.protos.promise import Decision

CALIBRATION_PICTURES = 48


@dataclass(frozen=True, kw_only=True)
class BuiltTarget:
    """A target's serialized graph, and how the threshold inside it was set.

    `precision` says which layers stay in floating point; `normal_scores` are those of the held-back pictures after
    division by the threshold, float32[N].
    """

    kind: TargetKind
    graph: bytes
    precision: Precision
    decision: Decision
    normal_scores: FloatArray

    def judge(self) -> Judge:
        """The graph, ready to run as its target does, or as it is written where the target cannot run here."""
        return Judge(self.graph, optimised=self.kind.native)


@dataclass(frozen=True, kw_only=True)
class Built:
    """The serialized FP32 graph, with the threshold of the first target, and every target in the order asked for."""

    fp32: bytes
    ranges: Ranges
    targets: tuple[BuiltTarget, ...]

    @property
    def precise(self) -> bool:
        """Whether no target loses more by quantization than was allowed."""
        return all(target.precision.kept for target in self.targets)

    @property
    def worst_score_error(self) -> float:
        """How far quantization moves the scores of the target that it moves most."""
        return max(target.precision.left.score_error for target in self.targets)


def build(
    student: Student,
    shrink: Shrink,
    division: Division,
    region: RegionOfInterest | None,
    settings: CompileSettings,
    progress: Progress,
) -> Built:
    """Export, calibrate once, and for each target choose precision, quantize, and set the threshold from its scores.

    The pictures of `division` show the `region` of a frame, if there is one; the finished graphs cut it out themselves.

    Raises:
        PictureError: the pictures cannot calibrate.
        ScoresUnusable: the scores that a target gave normal pictures set no threshold.
    """
    fp32 = export(student, shrink)
    frames = calibration_frames(division.fit, settings.seed)
    ranges = calibrate(fp32, frames, lambda done: progress("quantize", done))
    targets = tuple(
        _target(fp32, TARGETS[name], ranges, division, region, settings, progress) for name in settings.targets
    )
    _finish(fp32, targets[0].decision, region)
    return Built(fp32=fp32.SerializeToString(), ranges=ranges, targets=targets)


def calibration_frames(good: Sequence[UInt8Array], seed: int) -> list[UInt8Array]:
    """Good pictures, evenly chosen, every third with synthetic defects: activations must have room for those too."""
    random = np.random.default_rng(seed)
    count = min(CALIBRATION_PICTURES, len(good))
    chosen = [good[round(index)] for index in np.linspace(0, len(good) - 1, count)]
    return [add_defects(frame, chosen, random)[0] if index % 3 == 2 else frame for index, frame in enumerate(chosen)]


def _target(
    fp32: onnx.ModelProto,
    kind: TargetKind,
    ranges: Ranges,
    division: Division,
    region: RegionOfInterest | None,
    settings: CompileSettings,
    progress: Progress,
) -> BuiltTarget:
    trial = Trial.on(fp32, kind, ranges, division, seed=settings.seed)
    precision = choose_precision(trial, settings.precision, progress)
    model = quantize(fp32, kind, ranges, division.fit, precision.floating)
    judge = Judge(model.SerializeToString(), optimised=kind.native)
    raw = _scores(judge, division.held, lambda done: progress("set the threshold", done))
    try:
        decision = decide([float(score) for score in raw], settings.budget)
    except ScoresUnusable as error:
        raise ScoresUnusable(f"{kind.name}: {error}") from error
    _finish(model, decision, region)
    return BuiltTarget(
        kind=kind,
        graph=model.SerializeToString(),
        precision=precision,
        decision=decision,
        normal_scores=(raw / np.float32(decision.value)).astype(np.float32),
    )


def _finish(model: onnx.ModelProto, decision: Decision, region: RegionOfInterest | None) -> None:
    set_threshold(model, decision.value)
    if region is not None:
        cut_out_region(model, region)


def _scores(judge: Judge, held: Sequence[UInt8Array], seen: Callable[[float], None]) -> FloatArray:
    scores: list[FloatArray] = []
    for index, frame in enumerate(held):
        scores.append(judge([frame]).scores)
        seen((index + 1) / len(held))
    return np.concatenate(scores)
