"""`make soak-cameras`: eight cameras for half an hour, of which two fail in every way that cameras do.

The real `linewatch-edge run` with simulated cameras at 25 frames a second. The healthy ones may lose no frame and never
fail; memory and descriptors of the agent and of the healthy cameras' processes may not grow. What came of it goes to
`docs/benchmarks/soak-cameras.json`.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
from rich.progress import Progress

from bench.edge_throughput import draw_pictures, pictures_for
from bench.footprint import children, descriptors, proportional_mb, working_mb
from bench.record import Record, at_least, at_most, seen
from bench.soak import bundle_or_sample, conclude
from linewatch.cloud.demo.children import installed_command
from linewatch.cloud.demo.ports import free_ports
from linewatch.edge.infer.model import load_model

COMMAND = "make soak-cameras"
RESULTS = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "soak-cameras.json"
MINUTES = 30.0
HEALTHY, FAULTY = 6, 2
FPS, FAULT_AFTER = 25.0, 50
SAID = ("no frame for", "SIGSEGV", "does not answer")
"""What the agent says of cameras that hang or are slow, that crash, and that are gone; garbage is counted."""
_LOOK_S, _SETTLED = 5.0, 0.1
_PICTURES = 8
_GOODBYE_S = 30.0

_CONFIG = """\
[device]
state = "{state}"

[inference]
bundle = "{bundle}"

[health]
listen = "127.0.0.1:{port}"

"""
_CAMERA = """\
[[cameras]]
name = "{name}"
source = "simulated:{pictures}?fps={fps}{fault}"

"""


@dataclass(kw_only=True)
class Seen:
    """What was seen over time: MB and descriptors of everything healthy, and what was said of the faulty cameras.

    `megabytes` are without the files that are mapped, `megabytes_in_all` with them.
    """

    megabytes: list[float] = field(default_factory=list)
    megabytes_in_all: float = 0.0
    descriptors: list[int] = field(default_factory=list)
    errors: set[str] = field(default_factory=set)


def measure(bundle: Path, minutes: float = MINUTES) -> list[Record]:
    """Run it and give its records."""
    with tempfile.TemporaryDirectory(prefix="linewatch-bench-") as scratch:
        folder = Path(scratch)
        port = free_ports(1)[0]
        config, summary = _write_config(folder, bundle, port), folder / "summary.json"
        command = [installed_command("linewatch-edge"), "run", "--config", str(config), "--json", str(summary)]
        with (folder / "agent.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as agent:
            try:
                found = _watch(agent, port, 60 * minutes)
            finally:
                agent.send_signal(signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    agent.wait(_GOODBYE_S)
                agent.kill()
        return _records(json.loads(summary.read_text(encoding="utf-8")), found, minutes)


def _watch(agent: subprocess.Popen[bytes], port: int, seconds: float) -> Seen:
    found = Seen()
    begun = time.monotonic()
    with Progress(transient=True) as progress:
        task = progress.add_task("cameras", total=seconds)
        while (passed := time.monotonic() - begun) < seconds:
            time.sleep(_LOOK_S)
            if agent.poll() is not None:
                raise RuntimeError(f"the agent ended by itself with {agent.returncode}")
            _look(agent.pid, port, found)
            progress.update(task, completed=passed)
    return found


def _look(agent: int, port: int, found: Seen) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/status.json", timeout=10) as answer:
        status = json.load(answer)
    found.errors |= {camera["error"] for camera in status["agent"]["cameras"] if camera["error"]}
    cameras = {child: command.rpartition(" ")[2] for child, command in children(agent).items()}
    healthy = [agent, *(child for child, name in cameras.items() if name.startswith("healthy"))]
    if len(healthy) == 1 + HEALTHY:
        found.megabytes.append(sum(map(working_mb, healthy)))
        found.megabytes_in_all = sum(map(proportional_mb, healthy))
        found.descriptors.append(sum(map(descriptors, healthy)))


def _records(summary: dict[str, Any], found: Seen, minutes: float) -> list[Record]:
    cameras = summary["agent"]["cameras"]
    healthy = [camera for camera in cameras if camera["camera"].startswith("healthy")]
    faulty = [camera for camera in cameras if camera not in healthy]
    lost = sum(camera["frames_captured"] - camera["frames_judged"] for camera in healthy)
    expected = HEALTHY * FPS * 60 * minutes
    kinds = sum(any(said in error for error in found.errors) for said in SAID)
    kinds += any(camera["frames_unreadable"] for camera in faulty)

    def record(make: Callable[..., Record], name: str, value: float, *goal: float, unit: str) -> Record:
        return make(f"soak_cameras_{name}", value, *goal, unit=unit, command=COMMAND)

    return [
        record(at_most, "frames_lost", lost, 0, unit=f"frames of {HEALTHY} healthy cameras"),
        record(at_most, "healthy_failures", sum(camera["failures"] for camera in healthy), 0, unit="failures"),
        record(at_least, "judged_share", _share(healthy, expected), 0.99, unit="of the frames that were due"),
        record(at_most, "memory_growth_mb", _growth(found.megabytes), 2, unit="MB"),
        record(at_most, "descriptor_growth", _growth(found.descriptors), 0, unit="descriptors"),
        record(at_least, "fault_kinds", kinds, len(SAID) + 1, unit="kinds of failure seen"),
        record(seen, "failures", sum(camera["failures"] for camera in faulty), unit=f"failures of {FAULTY} cameras"),
        record(seen, "memory_mb", found.megabytes_in_all, unit="MB of agent and healthy cameras"),
        record(seen, "p99_ms", max(camera["latency_p99_ms"] for camera in healthy), unit="ms"),
        record(seen, "minutes", minutes, unit="minutes"),
    ]


def _share(cameras: list[dict[str, Any]], expected: float) -> float:
    """Judged frames as a share of those that the cameras' pace says there were."""
    return float(sum(camera["frames_judged"] for camera in cameras) / expected)


def _growth(values: list[float] | list[int]) -> float:
    """Least of the last tenth over that of the first tenth after the start settled.

    The least, for what the agent holds of the faulty cameras comes and goes with them.
    """
    settled = values[max(1, round(_SETTLED * len(values))) :]
    tenth = max(1, round(_SETTLED * len(settled)))
    return min(settled[-tenth:]) - min(settled[:tenth])


def _write_config(folder: Path, bundle: Path, port: int) -> Path:
    pictures = folder / "pictures"
    pictures.mkdir()
    normal, _ = pictures_for(load_model(bundle), draw_pictures(folder / "pictures.npy"))
    for number, picture in enumerate(normal[:_PICTURES]):
        cv2.imwrite(str(pictures / f"{number}.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    config = folder / "edge.toml"
    cameras = {f"healthy-{number}": "" for number in range(HEALTHY)}
    cameras |= {f"faulty-{number}": f"&fault=any&fault_after={FAULT_AFTER}" for number in range(FAULTY)}
    tables = [_CAMERA.format(name=name, pictures=pictures, fps=FPS, fault=fault) for name, fault in cameras.items()]
    config.write_text(
        _CONFIG.format(state=folder / "state", bundle=bundle.resolve(), port=port) + "".join(tables), encoding="utf-8"
    )
    return config


def main() -> int:
    """Run it on a bundle of the sample pictures, compiled anew where none is named; 1 where a goal is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path, nargs="?", help="of the sample pictures, such as demo-run/bundle")
    parser.add_argument("--minutes", type=float, default=MINUTES)
    arguments = parser.parse_args()
    return conclude(measure(bundle_or_sample(arguments.bundle), arguments.minutes), RESULTS)


if __name__ == "__main__":
    sys.exit(main())
