"""The bundle that serves is held to what it promises; one that does not hold it gives way to the one before."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from structlog.typing import FilteringBoundLogger

from edge.tiny_bundle import make_bundle
from linewatch.edge.agent.agent import Agent
from linewatch.edge.agent.guard import Guard
from linewatch.edge.capture.camera import Camera
from linewatch.edge.capture.frame import Frame, UInt8Array
from linewatch.edge.capture.stream import InProcess
from linewatch.edge.infer.verdict import Judged
from linewatch.edge.update.score_watch import BLOCK_FRAMES, BLOCKS
from linewatch.edge.update.settings import UpdateSettings
from linewatch.edge.update.store import BundleStore
from linewatch.edge.update.trial import Stage
from linewatch.edge.update.updater import Updater

NORMAL, DARK = (np.full((96, 128, 3), level, np.uint8) for level in (108, 40))
"""A bundle of gain 1 gives them 0.3 and 1.4, and saw 0 to 0.5 in its validation."""


class Endless:
    """Shows a normal picture a few times, then nothing for ever."""

    fps: float | None = None

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._left = 5

    def read(self) -> UInt8Array | None:
        if self._left == 0:
            self._stop.wait()
            return None
        self._left -= 1
        return NORMAL

    def close(self) -> None:
        pass


class Device:
    """An agent that judges with a new bundle, while the one before is installed as well."""

    def __init__(self, folder: Path, gain: float, log: FilteringBoundLogger) -> None:
        self.state = folder / "state"
        self.first, self.second = self._install("previous", 1.0), self._install("current", gain)
        self.store = BundleStore(self.state)
        self.told: list[str] = []
        camera = Camera(name="c", open=lambda opening: InProcess(Endless(opening.stop)), live=True)
        self.agent = Agent([camera], record=lambda _: None, log=log)
        self.agent.swap(self.store.folder(self.second))
        settings = UpdateSettings(trial_seconds=600, recheck_seconds=3600)
        self.updater = Updater(settings, "s", self.state, self.agent, serving=self.second)
        self.updater.trials.begin(self.second, Stage.SERVING)
        self.guard = Guard(self.agent, self.updater, settings, self.told.append, log)
        self.guard.look(-1.0)
        self.agent.start()
        self._clock_s = time.monotonic() + 60
        limit_s = time.monotonic() + 30
        while self.agent.report().frames < 1 and time.monotonic() < limit_s:
            time.sleep(0.01)

    @property
    def serving(self) -> str:
        serving = self.agent.engine.serving
        assert serving is not None
        return serving.digest

    def show(self, pixels: UInt8Array, *, frames: int = (BLOCKS + 1) * BLOCK_FRAMES) -> None:
        """So many frames of the camera, four a second, as the workers judge them."""
        model = self.agent.engine.current()
        verdict = model.judge(pixels)
        for number in range(frames):
            self._clock_s += 0.25
            frame = Frame("c", number, pixels, 0, self._clock_s)
            self.agent.exchange.scores.frame(Judged(frame, verdict))

    def _install(self, link: str, gain: float) -> str:
        new = self.state.parent / "new"
        digest = make_bundle(new, gain=gain).digest
        bundles = self.state / "bundles"
        bundles.mkdir(parents=True, exist_ok=True)
        shutil.move(new, bundles / digest)
        (bundles / link).symlink_to(digest)
        return digest


MakeDevice = Callable[[float], Device]


@pytest.fixture
def make_device(tmp_path: Path, log: FilteringBoundLogger) -> Iterator[MakeDevice]:
    made: list[Device] = []

    def make(gain: float) -> Device:
        made.append(Device(tmp_path, gain, log))
        return made[-1]

    yield make
    for device in made:
        device.agent.stop()


def test_a_sound_bundle_passes_its_trial_and_stays(make_device: MakeDevice) -> None:
    device = make_device(1.5)
    device.show(NORMAL)
    for now in (0.0, 599.0):
        device.guard.look(now)
        assert device.updater.trials.now() is not None
    device.guard.look(601.0)
    assert device.updater.trials.now() is None
    for now in (5000.0, 10_000.0):
        device.guard.look(now)
    assert (device.serving, device.told) == (device.second, [])


def test_scores_that_leave_the_band_return_to_a_bundle_whose_scores_do_not(make_device: MakeDevice) -> None:
    device = make_device(2.5)
    device.show(NORMAL)
    device.guard.look(0.0)
    assert (device.serving, device.store.current()) == (device.first, device.first)
    assert device.updater.status.refused_with == "PromiseBroken"
    assert device.updater.trials.now() is None
    (reason,) = device.told
    assert "c: 100 % of its frames score above 0.5" in reason
    device.guard.look(1.0)
    assert device.serving == device.first


def test_a_scene_that_changed_is_not_the_bundles_fault(make_device: MakeDevice) -> None:
    device = make_device(2.5)
    device.show(DARK)
    device.guard.look(0.0)
    assert (device.serving, device.told) == (device.second, [])
    device.show(NORMAL)
    device.guard.look(1.0)
    assert device.serving == device.second, "it is not asked again at once"
    device.guard.look(700.0)
    assert device.serving == device.first


def test_a_bundle_that_was_damaged_on_the_disk_gives_way(make_device: MakeDevice) -> None:
    device = make_device(1.5)
    device.guard.look(0.0)
    (device.store.folder(device.second) / "golden/0.png").write_bytes(b"?")
    device.guard.look(601.0)
    assert device.serving == device.first
    assert device.updater.status.refused_with == "GoldenCheckFailed"


def test_without_a_bundle_to_return_to_the_new_one_goes_on(make_device: MakeDevice) -> None:
    device = make_device(2.5)
    (device.state / "bundles/previous").unlink()
    device.show(NORMAL)
    device.guard.look(0.0)
    assert (device.serving, device.told) == (device.second, [])
    assert "none to return to: c: 100 %" in device.guard.standing
    device.agent.exchange.scores.forget()
    device.guard.look(1.0)
    assert device.guard.standing == ""


def test_the_threads_watch_by_themselves(make_device: MakeDevice) -> None:
    device = make_device(2.5)
    device.guard.start()
    device.show(NORMAL)
    limit_s = time.monotonic() + 30
    while device.serving != device.first and time.monotonic() < limit_s:
        time.sleep(0.02)
    device.guard.stop()
    assert device.serving == device.first
