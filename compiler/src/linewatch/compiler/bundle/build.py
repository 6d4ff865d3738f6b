"""From a finished student to graphs: FP32, INT8, and the threshold inside the INT8 one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from linewatch.compiler.bundle.threshold import Budget, Decision, decide
from linewatch.compiler.graph.export import export, set_threshold
from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.pictures import Division
from linewatch.compiler.progress import Progress
from linewatch.compiler.quantize.quantize import quantize
from linewatch.compiler.student.student import Student, batches
from linewatch.compiler.teach.synthetic import add_defects
from linewatch.compiler.teacher import FloatArray, UInt8Array

CALIBRATION_PICTURES = 48


@dataclass(frozen=True, kw_only=True)
class Built:
    """Serialized graphs, and how the threshold of the compiled one was set.

    `normal_scores` are those of the held-back pictures after division by the threshold, float32[N].
    """

    fp32: bytes
    compiled: bytes
    ranges: dict[str, tuple[float, float]]
    decision: Decision
    normal_scores: FloatArray


def build(student: Student, shrink: Shrink, division: Division, budget: Budget, seed: int, progress: Progress) -> Built:
    """Export, quantize, and set the threshold from the quantized graph's own scores.

    Raises:
        PictureError: the pictures cannot calibrate.
        ScoresUnusable: the scores of normal pictures set no threshold.
    """
    set_units(student, shrink(division.held), budget)
    fp32 = export(student, shrink)
    frames = calibration_frames(division.fit, seed)
    quantized = quantize(fp32, frames, division.fit, lambda done: progress("quantize", done))
    raw = _judge(quantized.model.SerializeToString(), division.held, progress)
    decision = decide([float(score) for score in raw], budget)
    for model in (fp32, quantized.model):
        set_threshold(model, decision.value)
    return Built(
        fp32=fp32.SerializeToString(),
        compiled=quantized.model.SerializeToString(),
        ranges=quantized.ranges,
        decision=decision,
        normal_scores=(raw / np.float32(decision.value)).astype(np.float32),
    )


@torch.no_grad()
def set_units(student: Student, held: UInt8Array, budget: Budget) -> None:
    """Make the heads of `student` comparable: a score of 1 is the threshold that each would have alone.

    Args:
        student: a finished FP32 student; one with a single head stays as it is.
        held: pictures uint8[N, H, W, 3] of normal parts that no training saw.
        budget: the false alarms that are accepted.

    Raises:
        ScoresUnusable: the scores of one head set no threshold.
    """
    if len(student.shape.heads) == 1:
        return
    student.eval()
    opinions = [student.opinions(batch) for batch in batches(held)]
    for head in range(len(student.shape.heads)):
        scores = torch.cat([opinion[head].scores for opinion in opinions])
        student.units[head] = decide(scores.tolist(), budget).value


def calibration_frames(good: Sequence[UInt8Array], seed: int) -> list[UInt8Array]:
    """Good pictures, evenly chosen, every third with synthetic defects: activations must have room for those too."""
    random = np.random.default_rng(seed)
    count = min(CALIBRATION_PICTURES, len(good))
    chosen = [good[round(index)] for index in np.linspace(0, len(good) - 1, count)]
    return [add_defects(frame, chosen, random)[0] if index % 3 == 2 else frame for index, frame in enumerate(chosen)]


def _judge(model: bytes, held: Sequence[UInt8Array], progress: Progress) -> FloatArray:
    judge = Judge(model)
    scores: list[FloatArray] = []
    for index, frame in enumerate(held):
        scores.append(judge([frame]).scores)
        progress("set the threshold", (index + 1) / len(held))
    return np.concatenate(scores)
