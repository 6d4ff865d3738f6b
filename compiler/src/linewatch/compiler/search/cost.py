"""How long a student takes, before it learned anything: time depends on its shape alone."""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
import torch

from linewatch.compiler.graph.export import export
from linewatch.compiler.graph.region import cut_out_region, frames_around
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
from linewatch.protos.bundle import RegionOfInterest

_ROUNDS = 9


def untaught_graphs(
    candidates: Sequence[Candidate],
    kind: TargetKind,
    size: tuple[int, int],
    region: RegionOfInterest | None,
    progress: Progress,
) -> dict[str, bytes]:
    """The graph of each candidate by its name: see `untaught_graph`."""
    graphs: dict[str, bytes] = {}
    for done, candidate in enumerate(candidates):
        graphs[candidate.name] = untaught_graph(candidate, kind, size, region)
        progress("build candidates", (done + 1) / len(candidates))
    return graphs


def measured_ms(
    graphs: Mapping[str, bytes], picture: UInt8Array, region: RegionOfInterest | None, progress: Progress
) -> dict[str, float]:
    """Median milliseconds that a frame takes on one core, by the graph's name.

    Args:
        graphs: of a target that runs here.
        picture: a sample of what the camera delivers; making it smaller is part of the work.
        region: what part of the camera's frame that is; cutting it out is part of the work too.
        progress: told what is being done.
    """
    frames = frames_around([picture], region)
    judges = {name: Judge(graph) for name, graph in graphs.items()}
    calls = {name: (lambda judge=judge: judge(frames)) for name, judge in judges.items()}
    return latencies_ms(calls, progress, "measure candidates", rounds=_ROUNDS)


def untaught_graph(
    candidate: Candidate, kind: TargetKind, size: tuple[int, int], region: RegionOfInterest | None = None
) -> bytes:
    """The graph of a candidate that learned nothing, for pictures of (height, width) pixels cut out of a frame."""
    noise = _noise(candidate)
    model = untaught_fp32(candidate, size)
    ranges = calibrate(model, list(noise), lambda _share: None)
    made = quantize(model, kind, ranges, list(noise))
    if region is not None:
        cut_out_region(made, region)
    return made.SerializeToString()


def untaught_fp32(candidate: Candidate, size: tuple[int, int]) -> onnx.ModelProto:
    """The same before quantization."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        student = Student(candidate.shape)
    trim(student, candidate.prune)
    student.fit(_noise(candidate))
    return export(student, Shrink.for_frames(candidate.shape.size, *size))


def _noise(candidate: Candidate) -> UInt8Array:
    stack = candidate.shape.stack
    shape = (MIN_CALIBRATION, *([] if stack is None else [stack.frames]), *candidate.shape.size, 3)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
