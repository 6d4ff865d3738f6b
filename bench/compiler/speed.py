"""How fast students are beside the rival that others deploy, and beside themselves before pruning and quantization.

`python -m bench.compiler.speed` needs the extra `linewatch-compiler[openvino]`. All on one pinned core and in turn.
Students have learned nothing: time depends on shapes alone, and `bench.compiler.models` measures taught ones.
"""

import json
import sys
from dataclasses import asdict

import numpy as np

from bench.compiler.stfpm import MACS, stfpm_session
from bench.record import Record, at_least, at_most, seen
from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.progress import silent
from linewatch.compiler.prove.measure import latencies_ms
from linewatch.compiler.prune.prune import PruneSettings
from linewatch.compiler.search.candidate import Candidate, candidates
from linewatch.compiler.search.cost import measured_ms, untaught_fp32, untaught_graph, untaught_graphs
from linewatch.compiler.search.front import Point, worth_estimating
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.target import ONNX_CPU_INT8, TARGETS

COMMAND = "python -m bench.compiler.speed"
FAST_MS = 1.0
_FRAME = (256, 256)
_VNNI, _FP32 = 230e9, 57e9
"""Multiplications a second of one Zen 4 core, in INT8 and in FP32, measured by kernels that do nothing else."""
_ROUNDS = 31


def measure() -> list[Record]:
    """Records of the default student, the largest that keeps `--fps 1000`, the dense FP32 student, and STFPM."""
    kind = TARGETS[ONNX_CPU_INT8]
    frame = np.random.default_rng(0).integers(0, 256, (*_FRAME, 3), dtype=np.uint8)
    default = Candidate.of(CompileSettings())
    dense = Candidate(scale=100.0, shape=StudentShape(), prune=PruneSettings().scaled(100))
    choices = candidates(CompileSettings(), fixed_size=False)
    taken = measured_ms(untaught_graphs(choices, kind, _FRAME, None, silent), frame, None, silent)
    points = [Point(candidate=choice, ms=taken[choice.name]) for choice in choices]
    fast = points[worth_estimating(points, FAST_MS, 2)[0]].candidate
    judges = {
        "default": Judge(untaught_graph(default, kind, _FRAME)),
        "fast": Judge(untaught_graph(fast, kind, _FRAME)),
        "dense": Judge(untaught_fp32(dense, _FRAME).SerializeToString()),
    }
    calls = {name: (lambda judge=judge: judge([frame])) for name, judge in judges.items()}
    ms = latencies_ms({**calls, "stfpm": stfpm_session()}, silent, "", rounds=_ROUNDS)
    sys.stderr.write(f"the fast student: {fast.name}\n")
    return [
        at_most(
            "default_student_ms", ms["default"], 2.5, unit="ms", command=COMMAND, limit=_limit(default.macs, _VNNI)
        ),
        at_most("fast_student_ms", ms["fast"], FAST_MS, unit="ms", command=COMMAND, limit=_limit(fast.macs, _VNNI)),
        seen("stfpm_r18_openvino_ms", ms["stfpm"], unit="ms", command=COMMAND, limit=_limit(MACS, _VNNI)),
        seen("dense_fp32_student_ms", ms["dense"], unit="ms", command=COMMAND, limit=_limit(dense.macs, _FP32)),
        _times("default_student_faster_than_stfpm", ms["stfpm"] / ms["default"]),
        _times("fast_student_faster_than_stfpm", ms["stfpm"] / ms["fast"]),
        _times("default_student_faster_than_dense_fp32", ms["dense"] / ms["default"]),
    ]


def _times(name: str, ratio: float) -> Record:
    return at_least(name, ratio, 8, unit="x", command=COMMAND)


def _limit(macs: float, rate: float) -> str:
    return f"{1e3 * macs / rate:.2f}"


if __name__ == "__main__":
    print(json.dumps([asdict(record) for record in measure()], indent=1))  # noqa: T201
