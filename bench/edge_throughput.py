"""The edge agent from decoded frames to events in its spool, on one pinned core and on two.

Each figure comes from a process of its own, bound to its cores before anything is imported. Frames are those of the
project's own line, 640 x 512 pixels, already decoded, so BUNDLE has to be one of the sample pictures; runs of anomalous
frames open and close events, which are written to a real spool. `python -m bench.edge_throughput BUNDLE` prints the
records as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.record import Record, at_least, at_most, seen

if TYPE_CHECKING:
    from linewatch.edge.capture.frame import UInt8Array
    from linewatch.edge.infer.model import Model

PARTS = 24
FRAMES, WARM_UP = 2000, 100
ANOMALY_EVERY, ANOMALY_FRAMES = 200, 20
FPS_GOALS = {1: 200.0, 2: 350.0}
MEMORY_GOAL_MB = 300.0


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run: frames per second, median time of the graph alone on one core, peak resident memory, events opened."""

    fps: float
    graph_ms: float
    resident_mb: float
    events_opened: int
    frames: int


def measure(bundle: Path, frames: int = FRAMES) -> list[Record]:
    """Frames per second on one core and on two, and the memory, each against its goal."""
    command = "make bench ARGS=edge"
    with tempfile.TemporaryDirectory(prefix="linewatch-bench-") as scratch:
        pictures = draw_pictures(Path(scratch) / "pictures.npy")
        runs = {
            cores: run_alone(bundle, pictures, cores, frames)
            for cores in FPS_GOALS
            if cores <= len(os.sched_getaffinity(0))
        }
    records = []
    for cores, run in runs.items():
        limit = f"{1000 * cores / run.graph_ms:.0f}: the graph alone takes {run.graph_ms:.2f} ms"
        name = f"edge_fps_{cores}_core" + "s" * (cores > 1)
        records.append(at_least(name, run.fps, FPS_GOALS[cores], unit="frames/s", command=command, limit=limit))
    memory = max(run.resident_mb for run in runs.values())
    records.append(at_most("edge_resident_mb", memory, MEMORY_GOAL_MB, unit="MB", command=command))
    records.append(seen("edge_graph_ms", runs[1].graph_ms, unit="ms", command=command))
    overhead = 1000 / runs[1].fps - runs[1].graph_ms
    records.append(seen("edge_overhead_ms_per_frame", overhead, unit="ms", command=command))
    return records


def draw_pictures(path: Path) -> Path:
    """Write a frame of each of the film's first parts to `path`, uint8[N, H, W, 3]."""
    import numpy as np

    from linewatch.cloud.samples.film import DWELL, film

    parts = (frame.picture for index, frame in enumerate(film(0, PARTS * DWELL)) if index % DWELL == 0)
    np.save(path, np.stack(list(parts)))
    return path


def run_alone(bundle: Path, pictures: Path, cores: int, frames: int) -> Run:
    """A run in a process of its own, bound to its last `cores` cores."""
    child = [
        sys.executable, "-m", "bench.edge_throughput", str(bundle),
        "--pictures", str(pictures), "--cores", str(cores), "--frames", str(frames),
    ]  # fmt: skip
    done = subprocess.run(child, check=True, capture_output=True, text=True)
    return Run(**json.loads(done.stdout))


def run_here(bundle: Path, pictures: Path, cores: int, frames: int) -> Run:
    """Run the agent in this process on its last `cores` cores."""
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[-cores:]))
    import structlog

    from linewatch.edge.agent.agent import Agent
    from linewatch.edge.capture.arrays import ArraySource
    from linewatch.edge.capture.camera import Camera
    from linewatch.edge.capture.stream import InProcess
    from linewatch.edge.infer.settings import InferenceSettings
    from linewatch.edge.spool.settings import SpoolSettings
    from linewatch.edge.spool.spool import Spool

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory() as state:
        spool = Spool(Path(state) / "spool.db", SpoolSettings(), site="bench", device="bench")
        camera = Camera(name="bench", open=lambda _: InProcess(ArraySource(_play(normal, anomalous, frames))))
        inference = InferenceSettings(workers=cores, pin=True)
        agent = Agent([camera], record=spool.record, log=structlog.get_logger(), inference=inference)
        model = agent.swap(bundle)
        normal, anomalous = pictures_for(model, pictures)
        alone = graph_ms(lambda: model.judge(normal[0]))
        agent.start()
        agent.wait()
        report = agent.stop()
        spool.close()
    if report.frames != frames or report.frames_skipped:
        raise RuntimeError(f"{report.frames} of {frames} frames judged, {report.frames_skipped} skipped")
    return Run(
        fps=report.fps,
        graph_ms=alone,
        resident_mb=_peak_mb(),
        events_opened=report.events_opened,
        frames=frames,
    )


def pictures_for(model: Model, pictures: Path) -> tuple[list[UInt8Array], list[UInt8Array]]:
    """Normal and anomalous ones, as the model sees them."""
    import numpy as np

    found: dict[bool, list[UInt8Array]] = {False: [], True: []}
    for frame in np.load(pictures):
        found[model.judge(frame).anomalous].append(frame)
    if not found[False] or not found[True]:
        raise RuntimeError(
            f"{model.bundle.folder} calls {len(found[True])} of {PARTS} sample frames anomalous: give a bundle "
            "that was compiled from the sample pictures, such as demo-run/bundle"
        )
    return found[False], found[True]


def _play(normal: list[UInt8Array], anomalous: list[UInt8Array], frames: int) -> Iterator[UInt8Array]:
    for number in range(frames):
        pool = anomalous if number % ANOMALY_EVERY >= ANOMALY_EVERY - ANOMALY_FRAMES else normal
        yield pool[number % len(pool)]


def graph_ms(judge: Callable[[], object]) -> float:
    """Median milliseconds of one call."""
    times = []
    for _ in range(WARM_UP):
        started = time.perf_counter()
        judge()
        times.append(time.perf_counter() - started)
    return sorted(times)[len(times) // 2] * 1000


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    peak_kib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return peak_kib * 1024 / 1e6


def main() -> None:
    """Measure and print, or be the measured process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--pictures", type=Path, help="frames that were drawn before, for the measured process")
    parser.add_argument("--cores", type=int, help="be the measured process, on so many cores")
    arguments = parser.parse_args()
    if arguments.cores:
        print(json.dumps(asdict(run_here(arguments.bundle, arguments.pictures, arguments.cores, arguments.frames))))  # noqa: T201
    else:
        records = measure(arguments.bundle, arguments.frames)
        print(json.dumps([asdict(record) for record in records], indent=1))  # noqa: T201


if __name__ == "__main__":
    main()
