import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from linewatch.edge.capture.address import SourceKind
from linewatch.edge.capture.isolation.camera_process import CameraProcess
from linewatch.edge.capture.playback import Playback
from linewatch.edge.capture.simulated import SimulatedCamera, parse_simulation
from linewatch.edge.capture.stream import Shot
from linewatch.edge.errors import CameraError, SourceError, UnreadablePictureError

Start = Callable[..., CameraProcess]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[CameraProcess] = []

    def begin(
        place: str,
        *,
        kind: SourceKind = SourceKind.SIMULATED,
        live: bool = False,
        holds: Callable[[], int] = lambda: 3,
        stall_s: float = 5.0,
        stop: threading.Event | None = None,
    ) -> CameraProcess:
        playback = Playback(kind=kind, place=place, live=live)
        stop = stop or threading.Event()
        started.append(CameraProcess("c", playback, stop=stop, holds=holds, stall_s=stall_s))
        return started[-1]

    yield begin
    for camera in started:
        camera.close()


def read(camera: CameraProcess) -> Shot:
    shot = camera.read()
    assert shot is not None
    return shot


def test_its_frames_are_those_of_the_source_in_order_and_with_their_times(start: Start) -> None:
    place = "?width=96&height=64&fps=0&frames=40&defect_every=7&defect_frames=2"
    camera, reference = start(place), SimulatedCamera(parse_simulation(place))
    times = []
    while (shot := camera.read()) is not None:
        expected = reference.read()
        assert expected is not None
        assert np.array_equal(shot.picture.rgb(), expected)
        times.append(shot.clock_s)
        assert shot.clock_s <= time.monotonic()
    assert len(times) == 40
    assert times == sorted(times)
    assert reference.read() is None


def test_frames_that_are_held_stay_as_they_are_while_others_come_and_after_the_end(start: Start) -> None:
    camera = start("?width=96&height=64&fps=0&frames=30")
    held = read(camera)
    before = held.picture.rgb().copy()
    while camera.read() is not None:
        pass
    camera.close()
    assert np.array_equal(held.picture.rgb(), before)


def test_a_recorded_source_waits_for_a_free_slot(start: Start) -> None:
    camera = start("?width=96&height=64&fps=0&frames=10", stall_s=0.3)
    held = [read(camera) for _ in range(4)]
    later: list[Shot | None] = []
    reader = threading.Thread(target=lambda: later.append(camera.read()))
    reader.start()
    reader.join(1.0)
    assert reader.is_alive(), "that the agent holds all slots is no failure of the camera"
    held.pop(0)
    reader.join(5.0)
    assert later[0] is not None
    assert camera.skipped == 0


def test_a_live_camera_goes_on_without_those_that_find_no_slot(start: Start) -> None:
    camera = start("?width=96&height=64&fps=200", live=True)
    held = [read(camera) for _ in range(4)]
    time.sleep(0.2)
    held.clear()
    fresh = read(camera)
    assert time.monotonic() - fresh.clock_s < 1
    assert camera.skipped > 20


def test_frames_of_other_sizes_get_larger_slots(start: Start) -> None:
    camera = start("?width=64&height=64&fps=0&frames=20&fault=resize&fault_after=2")
    sizes = [shot.picture.rgb().shape[0] for shot in iter(camera.read, None)]
    assert sizes[:2] == [64, 64]
    assert set(sizes[2:]) == {32, 64, 96}
    assert len(sizes) == 20


def test_an_agent_that_comes_to_hold_more_frames_gets_them(start: Start) -> None:
    wanted = 2
    camera = start("?width=96&height=64&fps=0&frames=60", holds=lambda: wanted)
    held = [read(camera), read(camera)]
    held.clear()
    wanted = 12
    numbers = [read(camera) for _ in range(2)]
    numbers += [read(camera) for _ in range(11)]
    assert len({id(shot) for shot in numbers}) == 13
    assert len({shot.clock_s for shot in numbers}) == 13


def test_a_crash_is_told_with_its_signal_and_leaves_nothing_behind(start: Start) -> None:
    camera = start("?width=64&height=64&fps=0&fault=crash&fault_after=3")
    for _ in range(3):
        read(camera)
    with pytest.raises(CameraError, match="SIGSEGV"):
        camera.read()
    camera.close()
    assert not _runs(camera.process_id)


def test_a_camera_that_hangs_has_failed_after_the_stall_time(start: Start) -> None:
    camera = start("?width=64&height=64&fps=0&fault=hang&fault_after=1", stall_s=0.4)
    read(camera)
    begun = time.monotonic()
    with pytest.raises(CameraError, match=r"no frame for 0\.4 s"):
        camera.read()
    assert time.monotonic() - begun < 2
    begun = time.monotonic()
    camera.close()
    assert time.monotonic() - begun < 2


def test_nothing_but_garbage_is_no_frame_either(start: Start) -> None:
    camera = start("?width=64&height=64&fps=0&fault=garbage&fault_after=1", stall_s=0.4)
    read(camera)
    said: list[str] = []
    while not said or "no frame" not in said[-1]:
        with pytest.raises((UnreadablePictureError, CameraError)) as failure:
            camera.read()
        said.append(str(failure.value))
    assert len(said) > 2
    assert all("garbage" in line for line in said[:-1])


def test_a_silent_camera_may_be_allowed(start: Start) -> None:
    stop = threading.Event()
    camera = start("?width=64&height=64&fps=0&fault=hang&fault_after=1", stall_s=0, stop=stop)
    read(camera)
    threading.Timer(0.7, stop.set).start()
    assert camera.read() is None


def test_what_the_source_says_is_what_the_operator_reads(start: Start, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no pictures"):
        start(str(tmp_path), kind=SourceKind.PICTURES)
    camera = start("?width=64&height=64&fps=0&fault=gone&fault_after=0")
    with pytest.raises(CameraError, match="does not answer"):
        camera.read()


HOSTILE = """#!{python}
import os, socket, struct, sys, time
end = socket.socket(fileno=0)
end.recv(4096)
end.send(b"O" + struct.pack("<d", 0))
{act}
end.recv(4096)
"""


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ('end.send(b"\\xff" * 30)', "nobody understands"),
        ('end.send(b"F" + struct.pack("<IIIIIqdIBB", 1, 0, 4, 4, 0, 0, 0, 0, 0, 0))', "memory that it does not have"),
        ('end.send(b"W" + struct.pack("<Q", 1 << 40))', "claims frames"),
        ('print("no such camera", file=sys.stderr); sys.exit(7)', "exit code 7: no such camera"),
        (
            'end.send(b"W" + struct.pack("<Q", 48)); end.recv(99);'
            ' end.send(b"F" + struct.pack("<IIIIIqdIBB", 1, 9, 4, 4, 0, 0, time.monotonic(), 0, 0, 0))',
            "not possible",
        ),
        (
            'end.send(b"W" + struct.pack("<Q", 48)); end.recv(99);'
            ' end.send(b"F" + struct.pack("<IIIIIqdIBB", 1, 0, 4, 4, 0, 0, 0, 0, 77, 0))',
            "unknown kind",
        ),
    ],
)
def test_a_hostile_process_is_a_failed_camera(
    act: str, said: str, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "hostile"
    script.write_text(HOSTILE.format(python=sys.executable, act=act))
    script.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(script))
    camera = start("?")
    with pytest.raises(CameraError, match=said):
        camera.read()


CHATTY = """
for number in range(20_000):
    print("decoder: a warning of many words, number", number, file=sys.stderr)
end.send(b"U" + b"\\x01\\0\\0\\0it goes on")
print("no such camera", file=sys.stderr)
sys.exit(7)
"""


def test_a_chatty_decoder_is_not_held_up_and_its_last_words_are_told(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "chatty"
    script.write_text(HOSTILE.format(python=sys.executable, act=CHATTY))
    script.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(script))
    camera = start("?")
    with pytest.raises(UnreadablePictureError, match="it goes on"):
        camera.read()
    with pytest.raises(CameraError, match="exit code 7: no such camera"):
        camera.read()


def test_cameras_end_with_an_agent_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import threading, time\n"
        "from linewatch.edge.capture.address import SourceKind\n"
        "from linewatch.edge.capture.isolation.camera_process import CameraProcess\n"
        "from linewatch.edge.capture.playback import Playback\n"
        "play = Playback(kind=SourceKind.SIMULATED, place='?fps=0&fault=hang&fault_after=1')\n"
        "camera = CameraProcess('c', play, stop=threading.Event(), holds=lambda: 3, stall_s=0)\n"
        "camera.read()\n"
        "print(camera.process_id, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as agent:
        assert agent.stdout is not None
        camera = int(agent.stdout.readline())
        agent.send_signal(signal.SIGKILL)
    limit = time.monotonic() + 5
    while time.monotonic() < limit and _runs(camera):
        time.sleep(0.02)
    assert not _runs(camera)


def _runs(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return False


def test_a_camera_ignores_the_ctrl_c_that_is_meant_for_the_agent(start: Start) -> None:
    camera = start("?width=64&height=64&fps=100", live=True)
    read(camera)
    os.kill(camera.process_id, signal.SIGINT)
    for _ in range(20):
        read(camera)


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_a_process_that_cannot_start_leaves_nothing_open(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    gc.collect()
    before = descriptors()
    for _ in range(5):
        with pytest.raises(CameraError, match="cannot be started"):
            start("?")
    assert descriptors() == before


def test_a_camera_that_is_closed_leaves_nothing_open(start: Start) -> None:
    gc.collect()
    gc.disable()
    try:
        before = descriptors()
        for _ in range(3):
            camera = start("?width=64&height=64&fps=0")
            read(camera)
            camera.close()
        assert descriptors() == before
    finally:
        gc.enable()
