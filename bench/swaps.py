"""Hot swaps beside a camera of 200 frames a second: frames lost, and the longest gap between two decisions.

A driver's own process hands frames of 640 x 512 pixels to the agent, both bound to the same two cores, while two
bundles take over from each other in turn, each with every check: hashes, golden pictures, speed beside the other one.
Then bundles that are bad in many ways are offered; each has to be refused within two seconds, and a bundle that served
has to be returned from as soon. `make soak-swaps` swaps 1,000 times.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.edge_throughput import draw_pictures
from bench.footprint import descriptors, working_mb
from bench.record import Record, at_least, at_most, seen
from bench.soak import bundle_or_sample, conclude

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from linewatch.edge.agent.agent import Agent
    from linewatch.edge.agent.settle import settle_process
    from linewatch.edge.infer.verdict import Judged

SHORT, LONG = 60, 1000
CORES, FPS = 2, 200.0
GAP_GOAL_MS, UNDONE_GOAL_S, BAD_GOAL = 15.0, 2.0, 12
RESULTS = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "soak-swaps.json"
_QUIET_S, _BETWEEN_S, _SETTLE = 5.0, 0.05, 10
_PATIENCE_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Run:
    """What came of it.

    `lost` frames were captured and not judged while bundles were swapped, `bad_lost` beside bad ones. Gaps are the
    longest between two decisions: without swaps, with them, and beside bad bundles.
    """

    frames: int
    lost: int
    bad_lost: int
    swaps: int
    quiet_gap_ms: float
    gap_ms: float
    gap_p999_ms: float
    driver_gap_ms: float
    bad_gap_ms: float
    swap_s: float
    slowest_swap_s: float
    memory_growth_mb: float
    descriptor_growth: int
    bad: dict[str, str]
    slowest_refusal_s: float
    return_s: float


def measure(bundle: Path, swaps: int = SHORT, command: str = "make bench ARGS=swaps") -> list[Record]:
    """Records of `swaps` swaps, and of bad bundles."""
    with tempfile.TemporaryDirectory(prefix="linewatch-bench-") as scratch:
        pictures = draw_pictures(Path(scratch) / "pictures.npy")
        child = [sys.executable, "-m", "bench.swaps", str(bundle), "--here", str(pictures), "--swaps", str(swaps)]
        done = subprocess.run(child, check=True, stdout=subprocess.PIPE, text=True)
    run = Run(**json.loads(done.stdout))
    undone_s = max(run.slowest_refusal_s, run.return_s)
    for wrong, refused in run.bad.items():
        sys.stderr.write(f"{wrong}: {refused or 'NOT REFUSED'}\n")
    return [
        seen("swaps", run.swaps, unit=f"swaps at {FPS:.0f} frames/s", command=command),
        at_most("swap_frames_lost", run.lost, 0, unit=f"of {run.frames} frames", command=command),
        at_most("swap_gap_ms", run.gap_ms, GAP_GOAL_MS, unit="ms between two decisions", command=command),
        seen("swap_gap_p999_ms", run.gap_p999_ms, unit="ms, 99.9 % of all gaps", command=command),
        seen("swap_gap_driver_ms", run.driver_gap_ms, unit="ms, of the driver in the same time", command=command),
        seen("swap_gap_quiet_ms", run.quiet_gap_ms, unit=f"ms, longest in {_QUIET_S:.0f} s without", command=command),
        seen("swap_s", run.swap_s, unit="s, median with all checks", command=command),
        seen("swap_slowest_s", run.slowest_swap_s, unit="s", command=command),
        at_most("swap_memory_growth_mb", run.memory_growth_mb, 2, unit="MB", command=command),
        at_most("swap_descriptor_growth", run.descriptor_growth, 0, unit="descriptors", command=command),
        at_least("bad_bundles_refused", sum(map(bool, run.bad.values())), BAD_GOAL, unit="kinds", command=command),
        at_most("bad_bundles_taken", sum(not one for one in run.bad.values()), 0, unit="kinds", command=command),
        at_most("bad_bundle_undone_s", undone_s, UNDONE_GOAL_S, unit="s", command=command),
        at_most("bad_bundle_frames_lost", run.bad_lost, 0, unit="frames", command=command),
        seen("bad_bundle_gap_ms", run.bad_gap_ms, unit="ms between two decisions", command=command),
    ]


class Decisions:
    """When decisions were made. Called by the workers."""

    def __init__(self, most: int) -> None:
        """Have room for `most` of them."""
        import numpy as np

        self._times, self._captured = np.zeros(most), np.zeros(most)
        self.count = 0

    def __call__(self, judged: Judged) -> None:
        """One was made just now."""
        self._times[self.count] = time.perf_counter()
        self._captured[self.count] = judged.frame.clock_s
        self.count += 1

    def gaps_ms(self, begin: int, end: int) -> list[float]:
        """Milliseconds between neighbours among the decisions from `begin` to before `end`."""
        return _gaps_ms(self._times[begin:end])

    def driver_gaps_ms(self, begin: int, end: int) -> list[float]:
        """The same between the moments at which the driver handed their frames over."""
        return _gaps_ms(self._captured[begin:end])


def _gaps_ms(times: npt.NDArray[np.float64]) -> list[float]:
    import numpy as np

    return [float(gap) for gap in 1000 * np.diff(np.sort(times))]


def run_here(bundle: Path, pictures: Path, swaps: int) -> Run:
    """Be the agent."""
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[-CORES:]))
    import structlog

    from bench.tamper_rig import variant
    from linewatch.edge.agent.agent import Agent
    from linewatch.edge.capture.camera import plan_camera
    from linewatch.edge.capture.settings import CameraSettings
    from linewatch.edge.infer.settings import InferenceSettings
    from linewatch.protos.bundle import read_bundle

    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(40),
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = folder / "line.sock"
        camera = plan_camera(CameraSettings(name="bench", source=f"driver:{place}"))
        decisions = Decisions(round(FPS * (4 * swaps + 300)))
        agent = Agent(
            [camera],
            record=lambda _: None,
            log=structlog.get_logger(),
            inference=InferenceSettings(workers=CORES),
            show=decisions,
        )
        both = [bundle, variant(read_bundle(bundle), folder / "second")]
        agent.swap(both[0])
        settle_process()
        command = [sys.executable, "-m", "bench.swaps", str(place), "--drive", str(pictures)]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as driver:
            agent.start()
            try:
                return _swap_and_spoil(agent, decisions, both, folder, swaps)
            finally:
                driver.communicate()


def _swap_and_spoil(agent: Agent, decisions: Decisions, both: list[Path], folder: Path, swaps: int) -> Run:
    _await(decisions, round(FPS))
    quiet = decisions.count
    time.sleep(_QUIET_S)
    begin, lost_before = decisions.count, _lost(agent)
    seconds: list[float] = []
    memory = files = 0.0
    for number in range(swaps):
        if number == min(_SETTLE, swaps // 2):
            memory, files = working_mb(os.getpid()), descriptors(os.getpid())
        begun = time.perf_counter()
        agent.swap(both[(number + 1) % 2])
        seconds.append(time.perf_counter() - begun)
        time.sleep(_BETWEEN_S)
    time.sleep(1.0)
    end, lost_after = decisions.count, _lost(agent)
    grown = working_mb(os.getpid()) - memory, descriptors(os.getpid()) - files
    bad, slowest = _offer_bad(agent, both[0], folder)
    returned = time.perf_counter()
    agent.restore(both[0])
    returned = time.perf_counter() - returned
    time.sleep(1.0)
    last, lost_last = decisions.count, _lost(agent)
    agent.stop()
    gaps = sorted(decisions.gaps_ms(begin, end))
    return Run(
        frames=end - begin,
        lost=lost_after - lost_before,
        bad_lost=lost_last - lost_after,
        swaps=swaps,
        quiet_gap_ms=max(decisions.gaps_ms(quiet, begin)),
        gap_ms=gaps[-1],
        gap_p999_ms=gaps[int(0.999 * len(gaps))],
        driver_gap_ms=max(decisions.driver_gaps_ms(begin, end)),
        bad_gap_ms=max(decisions.gaps_ms(end, last)),
        swap_s=statistics.median(seconds),
        slowest_swap_s=max(seconds),
        memory_growth_mb=grown[0],
        descriptor_growth=round(grown[1]),
        bad=bad,
        slowest_refusal_s=slowest,
        return_s=returned,
    )


def _offer_bad(agent: Agent, bundle: Path, folder: Path) -> tuple[dict[str, str], float]:
    """What each bad bundle was refused with (nothing if it was taken), and how long the slowest took."""
    from bench.bad_bundles import bad_bundles
    from linewatch.edge.errors import Refused

    found, slowest = {}, 0.0
    for wrong, place in list(bad_bundles(bundle, folder)):
        begun = time.perf_counter()
        try:
            agent.swap(place)
        except Refused as error:
            found[wrong] = f"{type(error).__name__}: {error}"
        else:
            found[wrong] = ""
        slowest = max(slowest, time.perf_counter() - begun)
    return found, slowest


def _lost(agent: Agent) -> int:
    return agent.report().frames_skipped


def _await(decisions: Decisions, count: int) -> None:
    limit_s = time.monotonic() + _PATIENCE_S
    while decisions.count < count:
        if time.monotonic() > limit_s:
            raise RuntimeError(f"only {decisions.count} frames were judged in {_PATIENCE_S:.0f} s")
        time.sleep(0.01)


def drive(place: Path, pictures: Path) -> None:
    """Be the driver: frames at an even pace until the agent is gone."""
    import numpy as np

    from linewatch.edge.driver import FramePort
    from linewatch.edge.errors import CameraError

    frames = list(np.load(pictures))
    with FramePort(place, fps=FPS) as port:
        begun, number = time.monotonic(), 0
        while True:
            wait_s = begun + number / FPS - time.monotonic()
            if wait_s > 0:
                time.sleep(wait_s)
            try:
                port.deliver(frames[number % len(frames)])
            except CameraError:
                return
            number += 1


def main() -> int:
    """Swap 1,000 times, with a bundle of the sample pictures where none is named; 1 where a goal is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path, nargs="?", help="such as demo-run/bundle; with --drive the socket")
    parser.add_argument("--swaps", type=int, default=LONG)
    parser.add_argument("--here", type=Path, metavar="PICTURES", help="be the agent of one run")
    parser.add_argument("--drive", type=Path, metavar="PICTURES", help="be the driver of one run")
    arguments = parser.parse_args()
    if arguments.drive:
        drive(arguments.bundle, arguments.drive)
    elif arguments.here:
        print(json.dumps(asdict(run_here(arguments.bundle, arguments.here, arguments.swaps))))  # noqa: T201
    else:
        bundle = bundle_or_sample(arguments.bundle)
        return conclude(measure(bundle, arguments.swaps, "make soak-swaps"), RESULTS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
