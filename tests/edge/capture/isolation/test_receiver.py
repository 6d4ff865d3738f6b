"""What a process at the other end may say: some of them say anything."""

import math
import threading
import time
from collections.abc import Iterator

import pytest

from linewatch.edge.capture.isolation.message import FrameReady, Opened, Room, RoomWanted
from linewatch.edge.capture.isolation.receiver import FrameReceiver
from linewatch.edge.capture.isolation.wire import Wire
from linewatch.edge.errors import CameraError


@pytest.fixture
def ends() -> Iterator[tuple[FrameReceiver, Wire]]:
    ours, other = Wire.pair()
    theirs = Wire(other)
    receiver = FrameReceiver(
        ours, stop=threading.Event(), holds=lambda: 2, stall_s=5.0, obituary=lambda: "the other end hung up"
    )
    theirs.send(Opened(25.0))
    receiver.await_opened()
    yield receiver, theirs
    receiver.close()
    theirs.close()


def frame_at(clock_s: float) -> FrameReady:
    return FrameReady(1, 0, 8, 8, 0, time.time_ns(), clock_s)


@pytest.mark.parametrize("clock_s", [math.nan, math.inf, -math.inf, 1.7e9, 0.0])
def test_a_time_of_another_clock_is_not_believed(ends: tuple[FrameReceiver, Wire], clock_s: float) -> None:
    receiver, process = ends
    process.send(RoomWanted(8 * 8 * 3))
    if clock_s == 0.0:  # a machine may have started minutes ago
        clock_s = time.monotonic() - 3600
    process.send(frame_at(clock_s))
    with pytest.raises(CameraError, match="CLOCK_MONOTONIC"):
        receiver.read()


def test_the_time_of_a_moment_ago_is(ends: tuple[FrameReceiver, Wire]) -> None:
    receiver, process = ends
    process.send(RoomWanted(8 * 8 * 3))
    process.send(frame_at(time.monotonic() - 0.5))
    shot = receiver.read()
    assert shot is not None
    assert shot.picture.height == 8
    received = process.receive()
    assert received is not None
    assert isinstance(received[0], Room)


@pytest.mark.timeout(60)
def test_a_process_that_asks_and_does_not_listen_is_given_up(ends: tuple[FrameReceiver, Wire]) -> None:
    receiver, process = ends
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            if not process.try_send(RoomWanted(8 * 8 * 3)):
                time.sleep(0.001)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        with pytest.raises(CameraError, match="does not listen"):
            receiver.read()
    finally:
        stop.set()
        asking.join()


def test_who_is_long_about_opening_is_told_of_once_and_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linewatch.edge.capture.isolation.receiver.LATE_S", 0.2)
    ours, other = Wire.pair()
    theirs, told = Wire(other), list[str]()
    receiver = FrameReceiver(
        ours, stop=threading.Event(), holds=lambda: 2, stall_s=5.0, obituary=lambda: "gone", slow=told.append
    )
    opening = threading.Timer(1.0, theirs.send, (Opened(25.0),))
    opening.start()
    receiver.await_opened()
    opening.join()
    assert told == ["it does not open within 0.2 s"]
    assert receiver.fps == 25.0
    receiver.close()
    theirs.close()
