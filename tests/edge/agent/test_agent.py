import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from structlog.typing import FilteringBoundLogger

from edge.keeping import keeping
from edge.tiny_bundle import grey_frame, make_bundle, make_moving_bundle
from linewatch.edge.agent import agent as agent_module
from linewatch.edge.agent.agent import Agent
from linewatch.edge.agent.report import CameraReport
from linewatch.edge.capture.arrays import ArraySource
from linewatch.edge.capture.backoff import Backoff
from linewatch.edge.capture.camera import Camera, Opening
from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.capture.picture import Picture, Pixels
from linewatch.edge.capture.pixel_form import PixelForm
from linewatch.edge.capture.stream import InProcess
from linewatch.edge.decide.event import AnomalyEvent, Event, Phase
from linewatch.edge.decide.settings import DecisionSettings
from linewatch.edge.errors import CameraError, GoldenCheckFailed, SpoolStorageError, UnreadablePictureError
from linewatch.edge.infer.settings import InferenceSettings
from linewatch.protos.bundle import FrameStack

GOOD, BAD = grey_frame(), grey_frame(spot=True)
RULES = DecisionSettings(open_after=2, open_window=3, close_after=3, update_seconds=1000)


def film(pattern: str) -> list[UInt8Array]:
    """`.` is a good frame and `x` a bad one."""
    return [BAD if sign == "x" else GOOD for sign in pattern]


def recorded(name: str, pattern: str, *, live: bool = False) -> Camera:
    return Camera(name=name, open=lambda _: InProcess(ArraySource(film(pattern))), live=live)


MakeAgent = Callable[..., tuple[Agent, list[AnomalyEvent]]]


@pytest.fixture
def make_agent(bundle_folder: Path, log: FilteringBoundLogger) -> MakeAgent:
    def make(*cameras: Camera, workers: int = 2) -> tuple[Agent, list[AnomalyEvent]]:
        events: list[AnomalyEvent] = []
        agent = Agent(
            cameras,
            record=keeping(events),
            log=log,
            inference=InferenceSettings(workers=workers),
            decision=RULES,
            backoff=lambda: Backoff(first_s=0.01, longest_s=0.05),
        )
        agent.swap(bundle_folder)
        return agent, events

    return make


def told(events: list[AnomalyEvent], camera: str = "c") -> list[tuple[Phase, int, int, int]]:
    return [
        (event.phase, event.first_frame, event.last_frame, event.frames_anomalous)
        for event in events
        if event.camera == camera
    ]


def settle(report: CameraReport) -> None:
    """Nothing is unaccounted for."""
    assert report.frames_captured == report.frames_judged + report.frames_skipped


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_a_film_gives_its_events_whatever_the_number_of_workers(make_agent: MakeAgent, workers: int) -> None:
    agent, events = make_agent(recorded("c", "." * 20 + "xxxxx" + "." * 20 + "x." * 5 + "." * 9), workers=workers)
    agent.start()
    assert agent.wait(30)
    report = agent.stop()
    assert told(events) == [
        (Phase.OPENED, 20, 21, 2),
        (Phase.CLOSED, 20, 24, 5),
        (Phase.OPENED, 45, 47, 2),
        (Phase.CLOSED, 45, 53, 5),
    ]
    assert all(event.evidence is not None and event.bundle_digest == report.bundle_digest for event in events)
    camera = report.cameras[0]
    assert (camera.frames_captured, camera.frames_judged, camera.frames_anomalous) == (64, 64, 10)
    assert (report.events_opened, report.events_closed, report.events_recorded, report.events_lost) == (2, 2, 4, 0)
    assert report.fps > 0
    settle(camera)


def test_an_event_that_is_open_at_the_end_is_closed(make_agent: MakeAgent) -> None:
    agent, events = make_agent(recorded("c", "..xxx"))
    agent.start()
    agent.wait(30)
    agent.stop()
    assert [phase for phase, *_ in told(events)] == [Phase.OPENED, Phase.CLOSED]


def test_cameras_have_rules_of_their_own(bundle_folder: Path, log: FilteringBoundLogger) -> None:
    events: list[AnomalyEvent] = []
    strict = DecisionSettings(open_after=1, open_window=1, close_after=1)
    agent = Agent(
        [recorded("c", ".x."), recorded("d", ".x.")],
        record=keeping(events),
        log=log,
        decision=RULES,
        decisions={"d": strict},
    )
    agent.swap(bundle_folder)
    agent.start()
    agent.wait(30)
    agent.stop()
    assert told(events, "c") == []
    assert [phase for phase, *_ in told(events, "d")] == [Phase.OPENED, Phase.CLOSED]


class Flaky:
    """Delivers three bad frames, then breaks; the third opening ends for good."""

    fps: float | None = None

    def __init__(self, openings: Iterator[int], stop: threading.Event) -> None:
        self._left = 3
        self._last = next(openings) >= 2
        self._stop = stop

    def read(self) -> UInt8Array | None:
        if self._left == 0:
            if self._last:
                self._stop.wait(30)
                return None
            raise CameraError("cable pulled")
        self._left -= 1
        return BAD

    def close(self) -> None:
        pass


def test_a_broken_camera_is_opened_again_and_costs_the_others_nothing(make_agent: MakeAgent) -> None:
    openings = iter(range(10))
    flaky = Camera(name="flaky", open=lambda opening: InProcess(Flaky(openings, opening.stop)), restarts=True)
    agent, events = make_agent(flaky, recorded("c", "..xxx....." * 10))
    agent.start()
    limit = time.monotonic() + 20
    while agent.report().frames < 109 and time.monotonic() < limit:
        time.sleep(0.01)
    report = agent.stop()
    broken, steady = report.cameras
    assert broken.failures == 2
    assert broken.error == "cable pulled"
    assert not broken.gave_up
    # Each break closes the event; frame numbers go on.
    assert told(events, "flaky") == [
        (phase, first, last, count)
        for first in (0, 3, 6)
        for phase, last, count in ((Phase.OPENED, first + 1, 2), (Phase.CLOSED, first + 2, 3))
    ]
    assert steady.frames_judged == 100
    assert len(told(events)) == 20
    settle(broken)


def test_a_bug_in_a_driver_ends_one_camera_alone(make_agent: MakeAgent) -> None:
    def broken(_: Opening) -> InProcess:
        raise ZeroDivisionError("driver bug")

    agent, events = make_agent(Camera(name="broken", open=broken), recorded("c", "..xx..."))
    agent.start()
    assert agent.wait(30)
    report = agent.stop()
    assert report.cameras[0].gave_up
    assert report.cameras[0].error == "driver bug"
    assert len(told(events)) == 2


class Torn:
    """Every second picture is broken."""

    fps: float | None = None

    def __init__(self) -> None:
        self._number = 0

    def read(self) -> UInt8Array | None:
        self._number += 1
        if self._number > 20:
            return None
        if self._number % 2:
            raise UnreadablePictureError("torn")
        return GOOD

    def close(self) -> None:
        pass


def test_broken_pictures_are_counted_and_passed_over(make_agent: MakeAgent) -> None:
    agent, _ = make_agent(Camera(name="c", open=lambda _: InProcess(Torn())))
    agent.start()
    agent.wait(30)
    camera = agent.stop().cameras[0]
    assert (camera.frames_captured, camera.frames_judged, camera.frames_unreadable) == (10, 10, 10)


def test_frames_that_cannot_be_judged_are_counted_and_the_rest_go_on(make_agent: MakeAgent) -> None:
    broken = Picture(PixelForm.RGB8, (np.zeros((96, 128, 4), np.uint8),))
    frames: list[Pixels] = [GOOD, broken, *film("xxx....")]
    agent, events = make_agent(Camera(name="c", open=lambda _: InProcess(ArraySource(frames))))
    agent.start()
    agent.wait(30)
    camera = agent.stop().cameras[0]
    assert camera.skipped["inference failed"] == 1
    assert camera.frames_judged == 8
    assert [phase for phase, *_ in told(events)] == [Phase.OPENED, Phase.CLOSED]
    settle(camera)


def test_a_live_camera_that_is_too_fast_skips_and_counts(make_agent: MakeAgent) -> None:
    agent, _ = make_agent(recorded("c", "." * 3000, live=True), workers=1)
    agent.start()
    agent.wait(30)
    camera = agent.stop().cameras[0]
    assert camera.frames_captured == 3000
    assert camera.skipped["overrun"] > 0
    settle(camera)


def test_a_spool_that_never_works_holds_up_neither_judging_nor_the_end(
    bundle_folder: Path, log: FilteringBoundLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_module, "_SPOOL_PATIENCE_S", 0.1)
    monkeypatch.setattr(agent_module, "_CAMERA_PATIENCE_S", 0.5)

    def record(event: Event) -> None:
        raise SpoolStorageError("disk full")

    agent = Agent([recorded("c", "xx..." * 100)], record=record, log=log, decision=RULES)
    agent.swap(bundle_folder)
    agent.start()
    assert agent.wait(30), "workers wait for the spool, and the camera for them"
    assert "disk full" in agent.report().trouble
    report = agent.stop()
    assert report.events_recorded == 0
    assert report.events_lost == report.events_opened + report.events_closed > 0
    settle(report.cameras[0])


def endless() -> Iterator[UInt8Array]:
    while True:
        yield GOOD


def test_stopping_drains_an_endless_camera(make_agent: MakeAgent) -> None:
    agent, _ = make_agent(Camera(name="c", open=lambda _: InProcess(ArraySource(endless()))))
    agent.start()
    assert not agent.wait(0.1)
    report = agent.stop()
    assert report.cameras[0].frames_judged > 0
    settle(report.cameras[0])


def test_a_swap_loses_no_frame_and_attributes_each_to_its_bundle(make_agent: MakeAgent, tmp_path: Path) -> None:
    # Bundle n gives a black cell the score 2 + n / 10, so a verdict shows which bundle gave it.
    bundles = [make_bundle(tmp_path / str(at), gain=1 + at / 20) for at in range(6)]
    gains = {bundle.digest: 2 * (1 + at / 20) for at, bundle in enumerate(bundles)}
    count = 3000

    def paced() -> Iterator[UInt8Array]:
        for number in range(count):
            if number % (count // len(bundles)) == 0:
                ready.wait(10)
                ready.clear()
                wanted.set()
            yield BAD if number % 10 < 3 else GOOD

    ready, wanted = threading.Event(), threading.Event()
    ready.set()
    agent, events = make_agent(Camera(name="c", open=lambda _: InProcess(ArraySource(paced()))))
    agent.start()
    for bundle in bundles:
        assert wanted.wait(30)
        wanted.clear()
        agent.swap(bundle.folder)
        ready.set()
    assert agent.wait(60)
    report = agent.stop()
    camera = report.cameras[0]
    assert camera.frames_judged == count
    assert sum(camera.frames_by_bundle.values()) == count
    assert set(gains) <= set(camera.frames_by_bundle)
    assert report.bundle_digest == bundles[-1].digest
    assert len(events) == 2 * count / 10
    for event in events:
        assert event.peak_score == pytest.approx(gains.get(event.bundle_digest, 2.0))


def test_a_refused_swap_leaves_everything_as_it_was(make_agent: MakeAgent, tmp_path: Path) -> None:
    agent, _ = make_agent(recorded("c", "." * 50))
    serving = agent.report().bundle_digest
    make_bundle(tmp_path / "wrong", golden_error=1)
    agent.start()
    with pytest.raises(GoldenCheckFailed):
        agent.swap(tmp_path / "wrong")
    agent.wait(30)
    report = agent.stop()
    assert report.bundle_digest == serving
    assert report.cameras[0].frames_by_bundle == {serving: 50}
    assert report.swaps == 1


def test_a_camera_may_lend_what_lies_before_each_frame_that_is_judged(make_agent: MakeAgent, tmp_path: Path) -> None:
    openings: list[Opening] = []

    def open_it(opening: Opening) -> InProcess:
        openings.append(opening)
        return InProcess(ArraySource(film(".")))

    agent, _ = make_agent(Camera(name="c", open=open_it), workers=3)
    agent.start()
    assert agent.wait(10)
    (opening,) = openings
    without = opening.holds()
    stack = FrameStack(frames=3, step=4)
    make_moving_bundle(tmp_path / "moving", stack)
    agent.swap(tmp_path / "moving")
    agent.stop()
    before_each = (stack.frames - 1) * stack.step
    assert opening.holds() - without >= before_each * (1 + 3), "those that wait share theirs; three workers do not"
