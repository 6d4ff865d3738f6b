"""Cameras that do not open: how soon that is told, and that a stop meanwhile is no failure."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs
from structlog.typing import FilteringBoundLogger

from linewatch.edge.capture.backoff import Backoff
from linewatch.edge.capture.camera import plan_camera
from linewatch.edge.capture.camera_thread import CameraThread
from linewatch.edge.capture.history import History
from linewatch.edge.capture.isolation.receiver import LATE_S
from linewatch.edge.capture.settings import CameraSettings
from linewatch.edge.decide.event import HealthEvent, Phase
from linewatch.edge.decide.health import CameraHealth
from linewatch.edge.driver import FramePort
from linewatch.edge.ring.ring import Ring
from linewatch.edge.ring.settings import RingSettings

_BUSY_S = 4.0
"""How much later a busy machine may be."""

Start = Callable[[str], tuple[CameraThread, list[HealthEvent]]]


@pytest.fixture
def silent() -> Iterator[str]:
    """Address of a host that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture
def start(log: FilteringBoundLogger, stop: threading.Event) -> Iterator[Start]:
    threads: list[CameraThread] = []

    def begin(source: str) -> tuple[CameraThread, list[HealthEvent]]:
        camera = plan_camera(CameraSettings(name=f"c{len(threads)}", source=source))
        ring, events = Ring(RingSettings()), list[HealthEvent]()
        ring.add_camera(camera.name, live=True)
        health = CameraHealth(camera.name, events.append)
        threads.append(CameraThread(camera, ring, stop, log, Backoff(), History(lambda: 0), lambda: 4, health))
        threads[-1].start()
        return threads[-1], events

    yield begin
    stop.set()
    for thread in threads:
        assert thread.join(10)


def await_event(events: list[HealthEvent], phase: Phase, seconds: float) -> None:
    limit_s = time.monotonic() + seconds
    while not any(event.phase is phase for event in events):
        assert time.monotonic() < limit_s, events
        time.sleep(0.02)


@pytest.mark.timeout(60)
def test_every_kind_of_camera_that_is_not_there_is_told_of_within_seconds(
    start: Start, silent: str, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    film.touch()
    sources = [
        f"driver:{tmp_path}/line.sock",
        f"rtsp://{silent}/stream",
        f"http://{silent}/stream",
        "gige:127.0.0.9",
        "usb:/dev/video77",
        str(film),
    ]
    told = [start(source)[1] for source in sources]
    for events in told:
        await_event(events, Phase.OPENED, LATE_S + _BUSY_S)


@pytest.mark.timeout(60)
def test_a_driver_that_comes_late_is_heard_and_ends_the_event(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linewatch.edge.capture.isolation.driver_port.LATE_S", 0.2)
    camera, events = start(f"driver:{tmp_path}/line.sock")
    await_event(events, Phase.OPENED, _BUSY_S)
    assert camera.tally.error == f"no driver has connected to {tmp_path}/line.sock"
    with FramePort(tmp_path / "line.sock", patience_s=10) as port:
        port.deliver(np.zeros((8, 8, 3), np.uint8))
        await_event(events, Phase.CLOSED, 10)
    assert [event.phase for event in events[:2]] == [Phase.OPENED, Phase.CLOSED]
    assert camera.tally.captured == 1


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["driver", "driver that does not open", "rtsp"])
def test_a_stop_while_a_camera_opens_is_no_failure(
    start: Start, stop: threading.Event, silent: str, tmp_path: Path, kind: str
) -> None:
    place = tmp_path / "line.sock"
    with capture_logs() as logs, contextlib.ExitStack() as stack:
        camera, events = start(f"rtsp://{silent}/stream" if kind == "rtsp" else f"driver:{place}")
        if kind == "driver that does not open":
            end = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
            while end.connect_ex(str(place)):
                time.sleep(0.02)
        time.sleep(0.5)
        stop.set()
        assert camera.join(5)
    assert events == []
    assert logs == []
    assert (camera.tally.failures, camera.tally.error, camera.tally.gave_up) == (0, "", False)
