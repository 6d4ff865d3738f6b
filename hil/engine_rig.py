"""Takes a bundle through the life of a runtime on this machine: first start, golden check, second start, damage, speed.

Run it from the root of the repository: `python -m hil.engine_rig BUNDLE --runtime tensorrt`; see hil/README.md.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from queue import Empty, Queue
from statistics import quantiles

import numpy as np
from rich.console import Console
from rich.table import Table

from hil.outcome import Outcome, Step, StepFailed
from linewatch.edge.errors import EdgeError
from linewatch.edge.infer.engine import Engine, Loaded
from linewatch.edge.infer.golden import check_golden
from linewatch.edge.infer.model import open_bundle
from linewatch.edge.infer.runtimes.opener import Opener
from linewatch.edge.infer.runtimes.plan import Wish
from linewatch.edge.infer.runtimes.port import RuntimeName

_PATIENCE_S = 3600.0
_FRAMES = 300


class EngineRig:
    """The steps for one bundle and one runtime; `state` stands for the device's state folder."""

    def __init__(self, bundle: Path, runtime: RuntimeName, state: Path) -> None:
        """Nothing is loaded yet."""
        self._folder = bundle
        self._bundle = open_bundle(bundle)
        self._runtime = runtime
        self._state = state
        self._native: Loaded | None = None

    def steps(self) -> list[Step]:
        """In the order in which a device would meet them."""
        return [
            Step(name="first start", run=self._first_start),
            Step(name="golden check", run=self._golden),
            Step(name="second start", run=self._second_start),
            Step(name="damaged engine", run=self._damaged_engine),
            Step(name="no GPU", run=self._no_gpu),
            Step(name="latency", run=self._latency),
            Step(name="batches", run=self._batches),
        ]

    def _start(self) -> tuple[Loaded, Loaded, float]:
        """Start as the agent does: what serves first, what serves in the end, and seconds between the two."""
        told: Queue[Loaded] = Queue()
        opener = Opener(Wish(runtime=self._runtime), engines=self._state / "engines")
        engine = Engine(opener=opener, on_serving=told.put)
        engine.swap(self._folder)
        first = last = told.get()
        begun = time.monotonic()
        if first.unfinished:
            try:
                last = told.get(timeout=_PATIENCE_S)
            except Empty:
                engine.close()
                raise StepFailed(f"no engine after {_PATIENCE_S:g} s") from None
        if last.stands_in_because:
            raise StepFailed(f"{last.model.runtime} stands in: {last.stands_in_because}")
        return first, last, time.monotonic() - begun

    def _first_start(self) -> str:
        first, self._native, seconds = self._start()
        if not first.unfinished:
            return f"{self._native.model.runtime} serves at once"
        return f"{first.model.runtime} stood in for {seconds:.1f} s while the engine was built"

    def _golden(self) -> str:
        passed = check_golden(self._serving().model)
        target = self._serving().model.target
        return (
            f"{passed.pictures} pictures of {target.name}, largest difference {passed.largest_error:.2g} of "
            f"{self._bundle.manifest.golden.score_tolerance:g}; threshold {target.threshold.score:g}"
        )

    def _second_start(self) -> str | None:
        if not self._engines():
            return None
        before = {path: path.stat().st_ino for path in self._engines()}
        first, _, _ = self._start()
        if first.unfinished or before != {path: path.stat().st_ino for path in self._engines()}:
            raise StepFailed("the engine was built again")
        return "the engine was found, nothing stood in"

    def _damaged_engine(self) -> str | None:
        if not self._engines():
            return None
        for path in self._engines():
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 1
            path.write_bytes(data)
        first, _, seconds = self._start()
        if not first.unfinished:
            raise StepFailed("the damaged engine was used")
        return f"{first.model.runtime} stood in; built again in {seconds:.1f} s"

    def _no_gpu(self) -> str | None:
        targets = self._bundle.manifest.targets
        processor = next((one for one in targets if one.name.startswith("onnx-cpu")), None)
        if processor is None or not any(one.name.startswith("tensorrt") for one in targets):
            return None
        done = subprocess.run(
            [sys.executable, "-m", "hil.without_gpu", str(self._folder), str(self._state)],
            env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        told = json.loads(done.stdout or "{}")
        wanted = {"runtime": RuntimeName.ONNXRUNTIME, "target": processor.name, "threshold": processor.threshold.score}
        if not told.get("reason") or any(told[key] != value for key, value in wanted.items()):
            raise StepFailed(f"exit code {done.returncode}, {told or 'nothing was said'}")
        return f"{told['runtime']} stands in with {told['target']} and its threshold: {told['reason']}"

    def _latency(self) -> str:
        milliseconds = self._times(1)
        *_, p99 = quantiles(milliseconds, n=100)
        manifest = self._bundle.manifest
        return (
            f"median {sorted(milliseconds)[len(milliseconds) // 2]:.2f} ms, p99 {p99:.2f} ms for a frame of "
            f"{manifest.frame_width} x {manifest.frame_height} pixels, one after the other"
        )

    def _batches(self) -> str | None:
        most = self._serving().model.largest_batch or 8
        if most == 1:
            return None
        found = []
        for count in (1, 2, 4, 8):
            if count <= most:
                milliseconds = sorted(self._times(count))
                found.append(f"{count}: {milliseconds[len(milliseconds) // 2] / count:.2f} ms a frame")
        return ", ".join(found)

    def _times(self, count: int) -> list[float]:
        model, manifest = self._serving().model, self._bundle.manifest
        shape = (manifest.frame_height, manifest.frame_width, 3)
        frames = [np.random.default_rng(seed).integers(0, 256, shape, np.uint8) for seed in range(count)]
        samples = [model.sample(frame, [frame] * model.reach) for frame in frames]
        taken = []
        for _ in range(_FRAMES // count):
            begun = time.perf_counter()
            model.judge_samples(samples, [None] * count)
            taken.append(1000 * (time.perf_counter() - begun))
        return taken

    def _serving(self) -> Loaded:
        if self._native is None:
            raise StepFailed(f"{self._runtime} does not serve")
        return self._native

    def _engines(self) -> list[Path]:
        return sorted((self._state / "engines").glob("*.engine"))


def carry_out(step: Step) -> Outcome:
    """Run one step; whatever goes wrong is an outcome."""
    begun = time.monotonic()
    passed: bool | None
    try:
        seen = step.run()
        passed = None if seen is None else True
    except (StepFailed, EdgeError) as error:
        seen, passed = str(error), False
    return Outcome(step=step.name, passed=passed, seconds=time.monotonic() - begun, seen=seen or "does not apply")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run every step, show them, and say whether all went well."""
    parser = argparse.ArgumentParser(prog="python -m hil.engine_rig", description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--runtime", type=RuntimeName, choices=list(RuntimeName), default=RuntimeName.ONNXRUNTIME)
    parser.add_argument("--state", type=Path, help="keep engines here; otherwise they are thrown away")
    parser.add_argument("--json", type=Path, help="write the outcomes to this file")
    chosen = parser.parse_args(arguments)
    console, outcomes = Console(soft_wrap=True, highlight=False), []
    with tempfile.TemporaryDirectory(prefix="linewatch-rig-") as scratch:
        rig = EngineRig(chosen.bundle, chosen.runtime, chosen.state or Path(scratch))
        for step in rig.steps():
            console.print(f"{step.name} ...")
            outcomes.append(carry_out(step))
    _show(console, outcomes)
    if chosen.json is not None:
        chosen.json.write_text(json.dumps([asdict(one) for one in outcomes], indent=1), encoding="utf-8")
    return int(any(one.passed is False for one in outcomes))


def _show(console: Console, outcomes: Sequence[Outcome]) -> None:
    table = Table("step", "", "s", "seen")
    marks = {True: "[green]passed[/]", False: "[red]FAILED[/]", None: "-"}
    for one in outcomes:
        table.add_row(one.step, marks[one.passed], f"{one.seconds:.1f}", one.seen)
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
