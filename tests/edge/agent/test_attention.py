"""Which frames an agent judges: by the clock, and by what triggers say."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from structlog.typing import FilteringBoundLogger

from edge.keeping import keeping
from edge.tiny_bundle import CELL, grey_frame
from linewatch.edge.agent.agent import Agent
from linewatch.edge.agent.report import CameraReport
from linewatch.edge.capture import schedule as schedule_module
from linewatch.edge.capture.arrays import ArraySource
from linewatch.edge.capture.attention import Attention
from linewatch.edge.capture.camera import Camera, plan_camera
from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.capture.mask import Mask
from linewatch.edge.capture.parts import ByTrigger, EachFrame
from linewatch.edge.capture.pictures import decode_picture
from linewatch.edge.capture.schedule import Schedule
from linewatch.edge.capture.settings import CameraSettings
from linewatch.edge.capture.stream import InProcess
from linewatch.edge.decide.event import AnomalyEvent, Phase
from linewatch.edge.decide.settings import DecisionSettings
from linewatch.edge.driver import FramePort
from linewatch.edge.infer.batch import Result
from linewatch.edge.infer.verdict import Judged

BAD = grey_frame(spot=True)
NOON, EVENING = 1_781_258_400.0, 1_781_287_200.0
"""A Friday at 10:00 and at 18:00 UTC."""


class Played:
    """Delivers frames when the test says so."""

    fps: float | None = None

    def __init__(self) -> None:
        self.turns = threading.Semaphore(0)
        self.ended = threading.Event()

    def read(self) -> UInt8Array | None:
        self.turns.acquire()
        return None if self.ended.is_set() else BAD

    def close(self) -> None:
        self.ended.set()
        self.turns.release()


def until(happened: Callable[[], bool]) -> None:
    limit = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < limit
        time.sleep(0.01)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def start(camera: Camera, bundle: Path, log: FilteringBoundLogger) -> tuple[Agent, list[AnomalyEvent]]:
    events: list[AnomalyEvent] = []
    rules = DecisionSettings(open_after=1, open_window=1)
    agent = Agent([camera], record=keeping(events), log=log, decision=rules)
    agent.swap(bundle)
    agent.start()
    return agent, events


def counts(report: CameraReport) -> tuple[int, int, int, int]:
    skipped = report.skipped
    assert report.frames_captured == report.frames_judged + report.frames_skipped
    return report.frames_captured, report.frames_judged, skipped["schedule"], skipped["untriggered"]


@pytest.mark.usefixtures("utc")
def test_after_hours_frames_are_counted_and_what_is_open_is_closed(
    bundle_folder: Path, log: FilteringBoundLogger
) -> None:
    clock, played = Clock(), Played()
    lines = ["fri 08:00-18:00"]
    camera = Camera(
        name="c", open=lambda _: InProcess(played), attention=lambda: Attention(Schedule(lines, clock=clock))
    )
    agent, events = start(camera, bundle_folder, log)
    played.turns.release(3)
    until(lambda: agent.report().cameras[0].frames_judged == 3)
    clock.now = EVENING
    played.turns.release(2)
    until(lambda: [event.phase for event in events] == [Phase.OPENED, Phase.CLOSED])
    until(lambda: agent.report().cameras[0].skipped["schedule"] == 2)
    assert agent.report().cameras[0].alive, "its health goes on"
    clock.now = NOON
    played.turns.release(1)
    until(lambda: len(events) == 3)
    played.close()
    agent.wait(10)
    assert counts(agent.stop().cameras[0]) == (6, 4, 2, 0)


@pytest.mark.usefixtures("utc")
def test_a_silent_camera_leaves_nothing_open_after_hours(
    bundle_folder: Path, log: FilteringBoundLogger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(schedule_module.Schedule.__init__, "__defaults__", (clock,))
    source = f"driver:{tmp_path}/line.sock"
    camera = plan_camera(CameraSettings(name="c", source=source, stall_seconds=0, schedule=("fri 08:00-18:00",)))
    agent, events = start(camera, bundle_folder, log)
    with FramePort(tmp_path / "line.sock", patience_s=10) as port:
        port.deliver(BAD)
        until(lambda: len(events) == 1)
        clock.now = EVENING
        until(lambda: len(events) == 2)
        assert events[1].phase is Phase.CLOSED
        assert agent.report().cameras[0].failures == 0
    agent.stop()


def test_frames_after_a_trigger_carry_its_part_and_the_others_are_counted(
    bundle_folder: Path, log: FilteringBoundLogger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[int] = []
    deliver = Agent._deliver

    def note(agent: Agent, camera: str, ticket: int, result: Result) -> None:
        parts.extend([result.frame.part] if isinstance(result, Judged) else [])
        deliver(agent, camera, ticket, result)

    monkeypatch.setattr(Agent, "_deliver", note)
    path, played = tmp_path / "line.trigger", Played()
    camera = Camera(
        name="c",
        open=lambda _: InProcess(played),
        attention=lambda: Attention(parts=ByTrigger(path, frames=2, delay_s=0.0)),
    )
    agent, _ = start(camera, bundle_folder, log)
    until(path.exists)
    played.turns.release(2)
    until(lambda: agent.report().cameras[0].skipped["untriggered"] == 2)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.connect(str(path))
        for word, expected in ((b"part", [1, 1]), (b"part 4711", [1, 1, 4711, 4711])):
            line.send(word)
            time.sleep(0.2)
            played.turns.release(3)
            until(lambda expected=expected: parts == expected)  # type: ignore[misc]
    until(lambda: agent.report().cameras[0].skipped["untriggered"] == 4)
    played.close()
    agent.wait(10)
    assert counts(agent.stop().cameras[0]) == (8, 4, 0, 4)
    assert not path.exists()


def test_each_frame_of_a_triggered_camera_is_a_part() -> None:
    triggered = plan_camera(CameraSettings(name="c", source="gige:?trigger=Line1"))
    free = plan_camera(CameraSettings(name="c", source="gige:"))
    assert isinstance(triggered.attention()._parts, EachFrame)
    assert not isinstance(free.attention()._parts, EachFrame)


def test_triggers_that_nobody_sends_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="trigger_frames says how triggers are taken, and none come"):
        CameraSettings(name="c", source="usb:0", trigger_frames=3)
    assert CameraSettings(name="c", source="usb:0", trigger=tmp_path / "t").trigger_frames == 1


def test_anomalies_under_a_mask_do_not_count_and_are_not_shown(bundle_folder: Path, log: FilteringBoundLogger) -> None:
    hidden = np.zeros((3, 4), bool)
    hidden[1, 2] = True
    beside = BAD.copy()
    beside[CELL + 8 : 2 * CELL - 8, 2 * CELL : 3 * CELL] = 200
    beside[:CELL, 2 * CELL : 3 * CELL] = 0
    played = [BAD, BAD, beside, BAD]
    camera = Camera(name="c", open=lambda _: InProcess(ArraySource(played)), mask=Mask(hidden))
    agent, events = start(camera, bundle_folder, log)
    agent.wait(20)
    assert counts(agent.stop().cameras[0]) == (4, 4, 0, 0)
    assert [(event.phase, event.frames_anomalous) for event in events] == [(Phase.OPENED, 1), (Phase.CLOSED, 1)]
    evidence = events[0].evidence
    assert evidence is not None
    assert (evidence.region.x, evidence.region.y, evidence.region.width, evidence.region.height) == (64, 0, 32, 32)
    assert len(evidence.regions) == 1
    shown = decode_picture(evidence.crop_jpeg, "crop")
    left, top = 2 * CELL - evidence.crop.x, CELL - evidence.crop.y
    assert shown[top + 4 : top + CELL - 4, left + 4 : left + CELL - 4].max() < 16


@pytest.mark.usefixtures("utc")
def test_frames_that_are_not_judged_are_no_need_for_speed(bundle_folder: Path, log: FilteringBoundLogger) -> None:
    clock, played = Clock(), Played()
    attention = Attention(Schedule(["fri 08:00-18:00"], clock=clock))
    camera = Camera(name="c", open=lambda _: InProcess(played), attention=lambda: attention, live=True)
    agent, _ = start(camera, bundle_folder, log)
    clock.now = EVENING
    played.turns.release(50)
    until(lambda: agent.report().cameras[0].skipped["schedule"] == 50)
    assert agent.exchange.need().frames_per_second == 0
    clock.now = NOON
    played.turns.release(4)
    until(lambda: agent.report().cameras[0].frames_judged == 4)
    assert 0 < agent.exchange.need().frames_per_second <= 4
    played.close()
    agent.stop()
