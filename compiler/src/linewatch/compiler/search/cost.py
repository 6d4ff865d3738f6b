"""How long a student takes, before it learned anything: time depends on its shape alone."""

from collections.abc import Sequence

import numpy as np
import onnx
import torch

from linewatch.compiler.graph.export import export
from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.progress import Progress
from linewatch.compiler.prove.measure import latencies_ms
from linewatch.compiler.prune.prune import trim
from linewatch.compiler.quantize.calibrate import MIN_CALIBRATION, calibrate
from linewatch.compiler.quantize.quantize import quantize
from linewatch.compiler.search.candidate import Candidate
from linewatch.compiler.student.student import Student
from linewatch.compiler.target import TargetKind
from linewatch.compiler.teacher import UInt8Array

_ROUNDS = 9


def measured_ms(
    candidates: Sequence[Candidate], kind: TargetKind, frame: UInt8Array, progress: Progress
) -> dict[str, float]:
    """Median milliseconds that a frame takes on one core, by the candidate's name.

    Args:
        candidates: the students.
        kind: a target that runs here.
        frame: RGB uint8[H, W, 3] as the camera delivers it; making it smaller is part of the work.
        progress: told what is being done.
    """
    judges: dict[str, Judge] = {}
    for done, candidate in enumerate(candidates):
        judges[candidate.name] = Judge(untaught_graph(candidate, kind, frame.shape[:2]))
        progress("build candidates", (done + 1) / len(candidates))
    calls = {name: (lambda judge=judge: judge([frame])) for name, judge in judges.items()}
    return latencies_ms(calls, progress, "measure candidates", rounds=_ROUNDS)


def untaught_graph(candidate: Candidate, kind: TargetKind, frame: tuple[int, int]) -> bytes:
    """The graph of a candidate that learned nothing, for frames of (height, width) pixels."""
    noise = _noise(candidate)
    model = untaught_fp32(candidate, frame)
    ranges = calibrate(model, list(noise), lambda _share: None)
    return quantize(model, kind, ranges, list(noise)).SerializeToString()


def untaught_fp32(candidate: Candidate, frame: tuple[int, int]) -> onnx.ModelProto:
    """The same before quantization."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        student = Student(candidate.shape)
    trim(student, candidate.prune)
    if student.has_normality:
        student.fit_normality(_noise(candidate))
    return export(student, Shrink.for_frames(candidate.shape.size, *frame))


def _noise(candidate: Candidate) -> UInt8Array:
    shape = (MIN_CALIBRATION, *candidate.shape.size, 3)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
