"""The whole agent beside anomalib's own OpenVINO inferencer, on the same pictures and cores, in turn.

Both have the decoded pictures in memory. The agent judges, puts in order and decides, with evidence into a real spool;
the inferencer predicts one picture after the other with as many threads as OpenVINO takes. Its models are the fastest
graphs that anomalib exports by default (FP32), see `bench/anomalib_inferencer.py`.
"""

import json
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.compiler.rivals import environment
from bench.edge_throughput import PARTS, draw_pictures, run_alone
from bench.record import Record, at_least, seen

COMMAND = "make bench ARGS=inferencer"
ROUNDS, FRAMES, CORES = 5, 1000, 2
GOAL = 10.0


class Inferencer:
    """anomalib's inferencers in a process of their own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Talk to `process`, once it is ready."""
        self._process = process
        self.kinds: list[str] = json.loads(self._answer())

    def fps(self, kind: str) -> float:
        """Frames a second over all pictures."""
        assert self._process.stdin is not None
        self._process.stdin.write(kind + "\n")
        self._process.stdin.flush()
        return PARTS / float(self._answer())

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"anomalib's process ended with {self._process.wait()}; what it said stands above")
        return line


def measure(bundle: Path) -> list[Record]:
    """Records of the ratio to the fastest of anomalib's models, and of each."""
    ours: list[float] = []
    theirs: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="linewatch-bench-") as scratch:
        pictures = draw_pictures(Path(scratch) / "pictures.npy")
        with _inferencer(pictures) as inferencer:
            for _ in range(ROUNDS):
                ours.append(run_alone(bundle, pictures, CORES, FRAMES).fps)
                for kind in inferencer.kinds:
                    theirs.setdefault(kind, []).append(inferencer.fps(kind))
    ratios = [one / max(rival[turn] for rival in theirs.values()) for turn, one in enumerate(ours)]
    records = [
        at_least("anomalib_ratio", statistics.median(ratios), GOAL, unit="times the fastest", command=COMMAND),
        seen("anomalib_ours_fps", statistics.median(ours), unit="frames/s", command=COMMAND),
    ]
    return records + [
        seen(f"anomalib_openvino_{kind}_fps", statistics.median(found), unit="frames/s", command=COMMAND)
        for kind, found in theirs.items()
    ]


@contextmanager
def _inferencer(pictures: Path) -> Iterator[Inferencer]:
    script = Path(__file__).with_name("anomalib_inferencer.py")
    # It leaves a cache of compiled models where it runs.
    command = [str(environment()), str(script), str(pictures)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=pictures.parent
    ) as process:
        try:
            yield Inferencer(process)
        finally:
            process.kill()
