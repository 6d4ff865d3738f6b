"""Whether the bundle works here, and how many frames it can judge."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from linewatch.edge.agent.first_bundle import find_bundle
from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.finding import Finding, doubt, fault, well
from linewatch.edge.errors import ConfigurationError, EdgeError
from linewatch.edge.infer.engine import Engine, Loaded
from linewatch.edge.infer.model import Model
from linewatch.edge.infer.runtimes.opener import Opener
from linewatch.edge.infer.setup import InferenceSetup, settle
from linewatch.edge.infer.tuned import device_facts, read_tuned, usable_tuning

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


def look_at_judging(settings: EdgeSettings, found: list[Judging]) -> Iterator[Finding]:
    """Findings about the bundle; one that works is added to `found`."""
    try:
        folder = find_bundle(settings)
        if folder is None:
            waiting = "name one as inference.bundle, or let [update] fetch one"
            yield doubt("bundle", "none is here yet", "wait for the registry" if settings.update.enabled else waiting)
            return
        setup, engine = _as_the_agent_would(settings, folder)
        loaded = engine.try_out(folder)
        milliseconds = _milliseconds(loaded.model)
    except ConfigurationError as error:
        yield fault("bundle", str(error), "name the folder of a bundle as inference.bundle")
        return
    except EdgeError as error:
        yield fault("bundle", str(error), "compile it again for this device, or install another one")
        return
    model, manifest = loaded.model, loaded.model.bundle.manifest
    judging = Judging(model=model, milliseconds=milliseconds, workers=setup.workers)
    found.append(judging)
    name = f"{manifest.name}, release {manifest.release}" if manifest.release else manifest.name
    yield well(
        f"bundle {name}",
        f"gives its golden scores here; {judging.milliseconds:.2f} ms a frame of {manifest.frame_width} x "
        f"{manifest.frame_height} pixels for one worker, {judging.frames_per_second:.0f} frames a second for all",
    )
    yield from _runtime(loaded, setup)
    yield from _tuning(settings, model)


def _as_the_agent_would(settings: EdgeSettings, folder: Path) -> tuple[InferenceSetup, Engine]:
    state = settings.device.state.absolute()
    tuned = usable_tuning(state, folder)
    setup = settle(settings.inference, tuned.choice if tuned else None)
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


def _tuning(settings: EdgeSettings, model: Model) -> Iterator[Finding]:
    tuned, name = read_tuned(settings.device.state.absolute()), model.bundle.manifest.name
    again = "measure again: `linewatch-edge doctor --tune`; until then it is"
    if tuned is None:
        yield well("tuning", "nothing was measured yet; `linewatch-edge doctor --tune` finds what is fastest here")
    elif tuned.facts != device_facts():
        why = "was measured on another processor, number of cores or version of a runtime"
        yield doubt("tuning", why, f"{again} not used")
    elif not tuned.fits(model.bundle.manifest):
        yield doubt("tuning", f"is for another bundle, {tuned.bundle_name}, and {name} serves", f"{again} not used")
    elif tuned.bundle != model.digest:
        yield doubt("tuning", f"was measured with another release of {name}", f"{again} used")
    else:
        told = f"{tuned.frames_per_second:.0f} frames a second, {tuned.frames_per_second_before:.0f} without"
        yield well("tuning", f"measured here: {told}")


def _milliseconds(model: Model) -> float:
    """That one worker takes for a frame as large as those that the bundle was made for.

    Raises:
        InferenceError: it cannot be judged.
    """
    manifest = model.bundle.manifest
    frame = np.random.default_rng(0).integers(0, 255, (manifest.frame_height, manifest.frame_width, 3), np.uint8)
    before, taken = [frame] * model.reach, []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        model.judge(frame, before)
        taken.append(time.perf_counter() - begun)
    return 1000 * median(taken)
