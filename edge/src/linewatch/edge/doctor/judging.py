"""Whether the bundle works here, and how many frames it can judge."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.finding import Finding, doubt, fault, well
from linewatch.edge.errors import EdgeError
from linewatch.edge.infer.engine import Engine, Loaded
from linewatch.edge.infer.model import Model
from linewatch.edge.infer.runtimes.opener import Opener
from linewatch.edge.infer.setup import InferenceSetup, settle
from linewatch.edge.infer.tuned import device_facts, read_tuned, usable_choice
from linewatch.edge.update.store import BundleStore

_ROUNDS = 30


@dataclass(frozen=True, kw_only=True)
class Judging:
    """A bundle that works here: milliseconds a frame for one worker, and how many workers there are."""

    model: Model
    milliseconds: float
    workers: int

    @property
    def frames_per_second(self) -> float:
        """Of all workers."""
        return 1000 / self.milliseconds * self.workers


def find_bundle(settings: EdgeSettings) -> Path | None:
    """The bundle that would serve after a start."""
    configured = settings.inference.bundle
    if configured is not None and not settings.update.enabled:
        return configured
    installed = BundleStore(settings.device.state.absolute()).usable()
    return configured if installed is None else installed.folder


def look_at_judging(settings: EdgeSettings, found: list[Judging]) -> Iterator[Finding]:
    """Findings about the bundle; one that works is added to `found`."""
    try:
        folder = find_bundle(settings)
        if folder is None:
            waiting = "name one as inference.bundle, or let [update] fetch one"
            yield doubt("bundle", "none is here yet", "wait for the registry" if settings.update.enabled else waiting)
            return
        setup, engine = _as_the_agent_would(settings)
        loaded = engine.try_out(folder)
    except EdgeError as error:
        yield fault("bundle", str(error), "compile it again for this device, or install another one")
        return
    model, manifest = loaded.model, loaded.model.bundle.manifest
    judging = Judging(model=model, milliseconds=_milliseconds(model), workers=setup.workers)
    found.append(judging)
    name = f"{manifest.name}, release {manifest.release}" if manifest.release else manifest.name
    yield well(
        f"bundle {name}",
        f"gives its golden scores here; {judging.milliseconds:.2f} ms a frame of {manifest.frame_width} x "
        f"{manifest.frame_height} pixels for one worker, {judging.frames_per_second:.0f} frames a second for all",
    )
    yield from _runtime(loaded, setup)
    yield from _tuning(settings)


def _as_the_agent_would(settings: EdgeSettings) -> tuple[InferenceSetup, Engine]:
    state = settings.device.state.absolute()
    setup = settle(settings.inference, usable_choice(state))
    masked = any(camera.mask is not None for camera in settings.cameras)
    return setup, Engine(opener=Opener(setup.wish, setup.options, state / "engines"), masked=masked)


def _runtime(loaded: Loaded, setup: InferenceSetup) -> Iterator[Finding]:
    name, options = f"runtime {loaded.model.runtime}", setup.options
    how = f"judges {loaded.model.target.name} with {options.workers} workers of {options.threads} threads"
    if setup.batch > 1:
        how += f", up to {setup.batch} frames at once"
    if not loaded.stands_in_because:
        yield well(name, how)
    elif loaded.unfinished:
        yield doubt(name, f"{how}: {loaded.stands_in_because}", "start the agent, which builds it while another judges")
    else:
        yield doubt(name, f"stands in: {loaded.stands_in_because}", "install what is missing, or name another runtime")


def _tuning(settings: EdgeSettings) -> Iterator[Finding]:
    tuned = read_tuned(settings.device.state.absolute())
    if tuned is None:
        yield well("tuning", "nothing was measured yet; `linewatch-edge doctor --tune` finds what is fastest here")
    elif tuned.facts == device_facts():
        told = f"{tuned.frames_per_second:.0f} frames a second, {tuned.frames_per_second_before:.0f} without"
        yield well("tuning", f"measured here: {told}")
    else:
        advice = "measure again: `linewatch-edge doctor --tune`; until then it is not used"
        yield doubt("tuning", "was measured on another processor, number of cores or version of a runtime", advice)


def _milliseconds(model: Model) -> float:
    manifest = model.bundle.manifest
    frame = np.random.default_rng(0).integers(0, 255, (manifest.frame_height, manifest.frame_width, 3), np.uint8)
    before, taken = [frame] * model.reach, []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        model.judge(frame, before)
        taken.append(time.perf_counter() - begun)
    return 1000 * median(taken)
