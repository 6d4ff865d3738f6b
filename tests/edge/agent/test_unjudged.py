"""A bundle that gives its golden scores, and cannot judge what the camera shows."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs
from structlog.typing import FilteringBoundLogger

from edge.tiny_bundle import dazzled_graph, grey_frame, make_bundle
from linewatch.edge.agent.agent import Agent
from linewatch.edge.agent.guard import Guard
from linewatch.edge.capture.camera import Camera
from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.capture.stream import InProcess
from linewatch.edge.decide.event import THE_DEVICE, Event, HealthEvent, Phase
from linewatch.edge.update.settings import UpdateSettings
from linewatch.edge.update.store import BundleStore
from linewatch.edge.update.trial import Stage
from linewatch.edge.update.updater import Updater

WHITE = np.full((96, 128, 3), 255, np.uint8)


class Shown:
    """Shows one picture, again and again."""

    fps: float | None = 500.0

    def __init__(self, line: "Line", stop: threading.Event) -> None:
        self._line, self._stop = line, stop

    def read(self) -> UInt8Array | None:
        return None if self._stop.wait(0.002) else self._line.picture

    def close(self) -> None:
        pass


class Line:
    """An agent that judges with a new bundle, which fails on white frames, and one before that does not."""

    def __init__(self, folder: Path, log: FilteringBoundLogger) -> None:
        self.picture, self.events = WHITE, list[Event]()
        state = folder / "state"
        self.store = BundleStore(state)
        self.first = self._install(folder, "previous", None)
        self.second = self._install(folder, "current", dazzled_graph())
        camera = Camera(name="c", open=lambda opening: InProcess(Shown(self, opening.stop)), live=True)
        self.agent = Agent([camera], record=self.events.append, log=log)
        self.agent.swap(self.store.folder(self.second))
        settings = UpdateSettings(trial_seconds=600, recheck_seconds=3600)
        self.updater = Updater(settings, "s", state, self.agent, serving=self.second)
        self.updater.trials.begin(self.second, Stage.SERVING)
        self.guard = Guard(self.agent, self.updater, settings, lambda _: None, log)
        self.agent.start()

    @property
    def serving(self) -> str:
        return self.agent.engine.current().digest

    @property
    def health(self) -> list[Phase]:
        return [one.phase for one in self.events if isinstance(one, HealthEvent) and one.camera == THE_DEVICE]

    def look_until(self, done: Callable[[], bool], now_s: float = 0.0) -> None:
        limit_s = time.monotonic() + 15
        while not done():
            assert time.monotonic() < limit_s
            self.guard.look(now_s)
            time.sleep(0.01)

    def _install(self, folder: Path, link: str, graph: bytes | None) -> str:
        digest = make_bundle(folder / "new", graph=graph).digest
        shutil.move(folder / "new", self.store.folder(digest))
        (self.store.folder(digest).parent / link).symlink_to(digest)
        return digest


@pytest.fixture
def line(tmp_path: Path, log: FilteringBoundLogger) -> Iterator[Line]:
    made = Line(tmp_path, log)
    yield made
    made.guard.stop()
    made.agent.stop()


def test_a_new_bundle_is_loaded_again_and_then_returned_from(line: Line) -> None:
    with capture_logs() as logs:
        line.look_until(lambda: line.serving == line.first)
    assert line.updater.status.refused_with == "FramesUnjudged"
    assert line.updater.trials.now() is None
    assert [entry["event"] for entry in logs].count("bundle loaded again") == 1
    line.look_until(lambda: line.health == [Phase.OPENED, Phase.CLOSED])
    assert line.guard.standing == ""


def test_without_a_bundle_to_return_to_it_is_loaded_again_seldom_and_people_are_told(line: Line) -> None:
    (line.store.folder(line.first).parent / "previous").unlink()
    line.look_until(lambda: Phase.OPENED in line.health)
    swaps = line.agent.report().swaps
    failed = line.agent.report().cameras[0].skipped["inference failed"]
    line.look_until(lambda: line.agent.report().cameras[0].skipped["inference failed"] > failed + 200)
    assert (line.serving, line.agent.report().swaps) == (line.second, swaps)
    assert line.updater.trials.now() is not None
    assert line.guard.standing.startswith("the bundle judges no frame: c: ")
    line.picture = grey_frame()
    line.look_until(lambda: line.health == [Phase.OPENED, Phase.CLOSED])
    assert line.guard.standing == ""


def test_frames_that_cannot_be_judged_do_not_fill_the_log(line: Line) -> None:
    with capture_logs() as logs:
        line.look_until(lambda: line.agent.report().cameras[0].skipped["inference failed"] > 100, now_s=-1.0)
    assert [entry["event"] for entry in logs].count("frame not judged") <= 1


def test_a_trial_begins_with_the_first_frame_judged_or_not(line: Line) -> None:
    line.look_until(lambda: line.agent.report().cameras[0].skipped["inference failed"] > 0)
    line.guard.look(0.0)
    line.picture = grey_frame()
    line.look_until(lambda: line.agent.failed_runs(line.second) == {}, now_s=1.0)
    line.guard.look(600.5)
    assert line.updater.trials.now() is None
