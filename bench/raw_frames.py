"""Raw frames of a driver's own process, through shared memory, to decisions: how many a second, and how soon.

Agent and driver share two pinned cores, as they do on a box. The driver offers frames of 640 x 512 pixels, already in
memory, a quarter more often than the graph alone could judge them: what is given up costs nothing but its count. How
soon a decision comes is then measured at three quarters of the frames that were judged.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.edge_throughput import draw_pictures, graph_ms, pictures_for
from bench.footprint import proportional_mb
from bench.record import Record, at_least, at_most, seen

if TYPE_CHECKING:
    from linewatch.edge.capture.frame import UInt8Array

COMMAND = "make bench ARGS=raw"
CORES, SECONDS = 2, 8.0
GOALS = {"default": 400.0, "fast": 1000.0}
P99_GOAL_MS = 10.0
_OFFERED, _EASY = 1.25, 0.75


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run: frames judged a second, p99 from capture to decision, the graph alone, frames given up."""

    fps: float
    p99_ms: float
    graph_ms: float
    skipped: int
    memory_mb: float


def measure(bundles: dict[str, Path]) -> list[Record]:
    """Records of the `default` and the `fast` student."""
    records, p99 = [], {}
    with tempfile.TemporaryDirectory(prefix="linewatch-bench-") as scratch:
        pictures = draw_pictures(Path(scratch) / "pictures.npy")
        for name, goal in GOALS.items():
            full = _run_alone(bundles[name], pictures, 0.0)
            easy = _run_alone(bundles[name], pictures, _EASY * full.fps)
            limit = f"{1000 * CORES / full.graph_ms:.0f}: the graph alone takes {full.graph_ms:.2f} ms"
            records.append(at_least(f"raw_fps_{name}", full.fps, goal, unit="frames/s", command=COMMAND, limit=limit))
            p99[name] = easy.p99_ms
            records.append(seen(f"p99_ms_{name}", easy.p99_ms, unit=f"ms at {easy.fps:.0f} frames/s", command=COMMAND))
            records.append(seen(f"raw_memory_mb_{name}", easy.memory_mb, unit="MB proportional", command=COMMAND))
    return [*records, at_most("p99_ms", max(p99.values()), P99_GOAL_MS, unit="ms", command=COMMAND)]


def _run_alone(bundle: Path, pictures: Path, fps: float) -> Run:
    child = [
        sys.executable, "-m", "bench.raw_frames", str(bundle), "--pictures", str(pictures), "--fps", str(fps)
    ]  # fmt: skip
    done = subprocess.run(child, check=True, stdout=subprocess.PIPE, text=True)
    return Run(**json.loads(done.stdout))


def run_here(bundle: Path, pictures: Path, fps: float) -> Run:
    """Be the agent; with `fps` 0, offer more frames than it can judge."""
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[-CORES:]))
    import structlog

    from linewatch.edge.agent.agent import Agent
    from linewatch.edge.agent.settle import settle_process
    from linewatch.edge.capture.camera import plan_camera
    from linewatch.edge.capture.settings import CameraSettings
    from linewatch.edge.infer.settings import InferenceSettings

    settle_process()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "line.sock"
        camera = plan_camera(CameraSettings(name="bench", source=f"driver:{place}"))
        agent = Agent(
            [camera],
            record=lambda _: None,
            log=structlog.get_logger(),
            inference=InferenceSettings(workers=CORES, pin=True),
        )
        model = agent.swap(bundle)
        normal, _ = pictures_for(model, pictures)
        alone = graph_ms(lambda: model.judge(normal[0]))
        offered = fps or _OFFERED * 1000 * CORES / alone
        command = [sys.executable, "-m", "bench.raw_frames", str(place), "--drive", "--pictures", str(pictures)]
        with subprocess.Popen([*command, "--fps", str(offered)]) as driver:
            agent.start()
            time.sleep(SECONDS / 2)
            memory = proportional_mb(os.getpid()) + proportional_mb(driver.pid)
            driver.wait()
        report = agent.stop().cameras[0]
    return Run(
        fps=report.fps,
        p99_ms=report.latency_p99_ms,
        graph_ms=alone,
        skipped=report.frames_skipped,
        memory_mb=memory,
    )


def drive(place: Path, pictures: Path, fps: float) -> None:
    """Be the driver: frames at an even pace for a while."""
    import numpy as np

    from linewatch.edge.driver import FramePort

    frames: list[UInt8Array] = list(np.load(pictures))
    with FramePort(place, fps=fps) as port:
        begun = time.monotonic()
        for number in range(round(fps * SECONDS)):
            wait_s = begun + number / fps - time.monotonic()
            if wait_s > 0:
                time.sleep(wait_s)
            port.deliver(frames[number % len(frames)])
        time.sleep(0.2)


def main() -> None:
    """Be the agent or the driver of one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("place", type=Path, help="bundle, or with --drive the socket")
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--fps", type=float, required=True)
    parser.add_argument("--drive", action="store_true")
    arguments = parser.parse_args()
    if arguments.drive:
        drive(arguments.place, arguments.pictures, arguments.fps)
    else:
        print(json.dumps(asdict(run_here(arguments.place, arguments.pictures, arguments.fps))))  # noqa: T201


if __name__ == "__main__":
    main()
