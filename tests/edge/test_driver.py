"""A driver in a process of its own, as a maker of cameras would write it, and the agent's side of it."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from linewatch.edge.capture.camera import Opening, plan_camera
from linewatch.edge.capture.settings import CameraSettings
from linewatch.edge.capture.stream import FrameStream
from linewatch.edge.driver import FramePort
from linewatch.edge.errors import CameraError, SourceError

DRIVER = """
import sys, time
import numpy as np
from linewatch.edge.driver import FramePort
with FramePort(sys.argv[1], fps=50) as port:
    for number in range(int(sys.argv[2])):
        port.deliver(np.full((40, 60, 3), number, np.uint8), part=number // 3)
        time.sleep(0.02)
    if len(sys.argv) > 3:
        port.fail(sys.argv[3])
        time.sleep(5)
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "line.sock"


@pytest.fixture
def opened(place: Path) -> Iterator[Callable[[], FrameStream]]:
    """Opens the agent's end, as often as it is called."""
    streams: list[FrameStream] = []
    camera = plan_camera(CameraSettings(name="c", source=f"driver:{place}", stall_seconds=1.0))
    assert camera.live
    assert camera.restarts

    def open_once() -> FrameStream:
        streams.append(camera.open(Opening(stop=threading.Event(), holds=lambda: 4)))
        return streams[-1]

    yield open_once
    for stream in streams:
        stream.close()


def drive(place: Path, *arguments: object) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", DRIVER, str(place), *map(str, arguments)])


def test_frames_of_a_driver_arrive_as_it_gave_them(place: Path, opened: Callable[[], FrameStream]) -> None:
    with drive(place, 30):
        stream = opened()
        assert stream.fps == 50
        shades, parts = [], []
        for _ in range(30):
            shot = stream.read()
            assert shot is not None
            assert shot.picture.rgb().shape == (40, 60, 3)
            assert time.monotonic() - shot.clock_s < 10
            shades.append(int(shot.picture.rgb()[3, 4, 1]))
            parts.append(shot.part)
        with pytest.raises(CameraError, match="hung up"):
            stream.read()
    assert shades == list(range(30))
    assert parts == [number // 3 for number in range(30)]
    assert stream.skipped == 0


def test_a_driver_that_comes_again_is_heard_again(place: Path, opened: Callable[[], FrameStream]) -> None:
    for _ in range(2):
        with drive(place, 3, "the lens fell off"):
            stream = opened()
            for _ in range(3):
                assert stream.read() is not None
            with pytest.raises(CameraError, match="the lens fell off"):
                stream.read()
            stream.close()


def test_a_driver_that_hangs_has_failed(place: Path, opened: Callable[[], FrameStream]) -> None:
    with drive(place, 1, "") as driver:
        stream = opened()
        assert stream.read() is not None
        driver.send_signal(signal.SIGSTOP)
        with pytest.raises(CameraError):
            stream.read()
        driver.kill()


def test_a_driver_waits_for_the_agent_and_learns_that_it_is_gone(
    place: Path, opened: Callable[[], FrameStream]
) -> None:
    with pytest.raises(CameraError, match="no agent listens"):
        FramePort(place, patience_s=0.1)
    opening = threading.Thread(target=lambda: opened().close())
    opening.start()
    with FramePort(place, patience_s=10) as port:
        opening.join()
        with pytest.raises(CameraError, match="the agent hung up"):
            port.deliver(np.zeros((8, 8, 3), np.uint8))


def test_what_is_no_frame_is_refused_and_costs_no_slot(place: Path, opened: Callable[[], FrameStream]) -> None:
    streams: list[FrameStream] = []
    opening = threading.Thread(target=lambda: streams.append(opened()))
    opening.start()
    with FramePort(place, patience_s=10) as port:
        opening.join()
        reading = threading.Thread(target=lambda: streams.append(streams[0].read()))  # type: ignore[arg-type]
        reading.start()
        for _ in range(20):
            for wrong in (np.zeros((8, 0), np.uint8), np.zeros((8, 8, 3), np.uint16), np.zeros((8, 8, 4), np.uint8)):
                with pytest.raises(CameraError, match=r"instead of RGB uint8"):
                    port.deliver(wrong)  # type: ignore[arg-type]
            with pytest.raises(CameraError, match="part -1: parts have numbers from 1"):
                port.deliver(np.zeros((8, 8, 3), np.uint8), part=-1)
        port.deliver(np.zeros((8, 8, 3), np.uint8))
        reading.join(10)
    assert streams[1] is not None


def test_the_socket_of_an_agent_that_listens_stays_and_that_of_a_dead_one_goes(place: Path) -> None:
    camera = plan_camera(CameraSettings(name="c", source=f"driver:{place}"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as other:
        other.bind(str(place))
        other.listen(1)
        with pytest.raises(SourceError, match="another camera or agent listens there"):
            camera.open(Opening(stop=threading.Event(), holds=lambda: 4))
    assert place.exists()
    stop = threading.Event()
    stop.set()
    with pytest.raises(CameraError, match="no driver has connected"):
        camera.open(Opening(stop=stop, holds=lambda: 4))


def test_a_place_where_no_socket_can_be_is_told(tmp_path: Path) -> None:
    camera = plan_camera(CameraSettings(name="c", source=f"driver:{tmp_path}/none/line.sock"))
    with pytest.raises(SourceError, match="cannot listen for a driver"):
        camera.open(Opening(stop=threading.Event(), holds=lambda: 4))
    (tmp_path / "file").write_text("mine")
    camera = plan_camera(CameraSettings(name="c", source=f"driver:{tmp_path}/file"))
    with pytest.raises(SourceError, match="cannot listen for a driver"):
        camera.open(Opening(stop=threading.Event(), holds=lambda: 4))
    assert (tmp_path / "file").read_text() == "mine"
