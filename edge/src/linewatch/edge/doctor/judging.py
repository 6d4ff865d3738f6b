"""Whether the bundle works here, and how many frames it can judge."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.finding import Finding, doubt, fault, well
from linewatch.edge.errors import EdgeError
from linewatch.edge.infer.engine import Engine
from linewatch.edge.infer.model import Model
from linewatch.edge.update.store import BundleStore

_ROUNDS = 30
_VNNI = ("avx512_vnni", "avx_vnni", "asimddp")


@dataclass(frozen=True, kw_only=True)
class Judging:
    """A bundle that works here: milliseconds a frame on one core, and frames a second on all that may be used."""

    model: Model
    milliseconds: float

    @property
    def frames_per_second(self) -> float:
        """With one worker a core."""
        return 1000 / self.milliseconds * len(os.sched_getaffinity(0))


def find_bundle(settings: EdgeSettings) -> Path | None:
    """The bundle that would serve after a start."""
    configured = settings.inference.bundle
    if configured is not None and not settings.update.enabled:
        return configured
    installed = BundleStore(settings.device.state.absolute()).usable()
    return configured if installed is None else installed.folder


def look_at_judging(settings: EdgeSettings, found: list[Judging]) -> Iterator[Finding]:
    """Findings about the bundle and the processor; a bundle that works is added to `found`."""
    if not any(flag in _processor_flags() for flag in _VNNI):
        yield doubt(
            "processor", "multiplies 8-bit numbers slowly (no VNNI or dot product)", "expect a third of the speed"
        )
    try:
        folder = find_bundle(settings)
        if folder is None:
            waiting = "name one as inference.bundle, or let [update] fetch one"
            yield doubt("bundle", "none is here yet", "wait for the registry" if settings.update.enabled else waiting)
            return
        model = Engine(settings.inference.target).check(folder)
    except EdgeError as error:
        yield fault("bundle", str(error), "compile it again for this device, or install another one")
        return
    manifest = model.bundle.manifest
    judging = Judging(model=model, milliseconds=_milliseconds(model))
    found.append(judging)
    name = f"{manifest.name}, release {manifest.release}" if manifest.release else manifest.name
    yield well(
        f"bundle {name}",
        f"gives its golden scores here; {judging.milliseconds:.2f} ms a frame of {manifest.frame_width} x "
        f"{manifest.frame_height} pixels on one core, {judging.frames_per_second:.0f} frames a second on all",
    )


def _milliseconds(model: Model) -> float:
    manifest = model.bundle.manifest
    frame = np.random.default_rng(0).integers(0, 255, (manifest.frame_height, manifest.frame_width, 3), np.uint8)
    before, taken = [frame] * model.reach, []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        model.judge(frame, before)
        taken.append(time.perf_counter() - begun)
    return 1000 * median(taken)


def _processor_flags() -> frozenset[str]:
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if line.startswith(("flags", "Features")))
    return frozenset(next(lines, "").partition(":")[2].split())
