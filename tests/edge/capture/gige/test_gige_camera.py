"""A GigE Vision camera, from its packets to frames in the agent's shared memory."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from structlog.typing import FilteringBoundLogger

from edge.fake_gige import ADDRESS, FakeGigeCamera
from linewatch.edge.agent.agent import Agent
from linewatch.edge.capture.address import parse_address
from linewatch.edge.capture.backoff import Backoff
from linewatch.edge.capture.camera import Opening, plan_camera
from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.capture.open import open_address
from linewatch.edge.capture.picture import Picture
from linewatch.edge.capture.pixel_form import PixelForm
from linewatch.edge.capture.settings import CameraSettings
from linewatch.edge.capture.stream import FrameStream
from linewatch.edge.errors import CameraError, SourceError, UnreadablePictureError

Open = Callable[..., FrameStream]


@pytest.fixture
def opened() -> Iterator[Open]:
    streams: list[FrameStream] = []

    def begin(query: str, device: str = ADDRESS, **options: float) -> FrameStream:
        settings = CameraSettings.model_validate({"name": "c", "source": f"gige:{device}?{query}", **options})
        opening = Opening(stop=threading.Event(), holds=lambda: 4)
        streams.append(plan_camera(settings).open(opening))
        return streams[-1]

    yield begin
    for stream in streams:
        stream.close()


def look(stream: FrameStream) -> Picture:
    """The next frame in memory of its own."""
    shot = stream.read()
    assert shot is not None
    return shot.picture.kept()


def whole(stream: FrameStream) -> Picture:
    """The next whole frame: a busy machine may lose some."""
    while True:
        try:
            return look(stream)
        except UnreadablePictureError:
            continue


def read(stream: FrameStream) -> UInt8Array:
    return whole(stream).rgb()


def test_grey_goes_through_shared_memory_as_grey(opened: Open) -> None:
    with FakeGigeCamera():
        picture = whole(opened("pixel_format=Mono8&width=128&height=96"))
    assert (picture.form, picture.nbytes) == (PixelForm.GREY8, 128 * 96)


@pytest.mark.parametrize("device", [ADDRESS, "LW01", ""])
def test_it_is_found_and_set_up_and_delivers(opened: Open, device: str) -> None:
    with FakeGigeCamera():
        stream = opened("fps=40&pixel_format=Mono8&width=200&height=100&x=8&exposure_us=5000&gain=2", device)
        assert stream.fps == pytest.approx(40, rel=0.01)
        begun = time.monotonic()
        frames = [read(stream) for _ in range(20)]
        assert time.monotonic() - begun > 0.3
    assert all(frame.shape == (100, 200, 3) for frame in frames)
    assert all(np.ptp(frame, axis=2).max() == 0 for frame in frames), "grey"
    assert all(np.ptp(frame) > 100 for frame in frames), "a picture"
    assert len({frame.tobytes() for frame in frames[:4]}) == 4, "that moves"


@pytest.mark.parametrize("pixel_format", ["RGB8", "BayerRG8", "BayerGB8", "BayerGR8", "BayerBG8", "Mono16"])
def test_formats_show_the_same_scene(opened: Open, pixel_format: str) -> None:
    """The fake camera shows a ramp that moves in all of them, whose colours are those of a real scene."""
    with FakeGigeCamera():
        frame = read(opened(f"pixel_format={pixel_format}&width=128&height=96"))
    assert frame.shape == (96, 128, 3)
    assert np.ptp(frame) > 100
    if pixel_format == "Mono16":
        assert np.ptp(frame, axis=2).max() == 0


def test_what_it_cannot_send_or_nobody_can_read_is_refused_with_the_list(opened: Open) -> None:
    with FakeGigeCamera():
        for wanted in ("Mono12", "Coord3D_A8"):
            with pytest.raises(SourceError, match=f"{wanted} cannot be read.*Mono8"):
                opened(f"pixel_format={wanted}")
        with pytest.raises(CameraError, match="refuses trigger=Line7"):
            opened("trigger=Line7")
        with pytest.raises(CameraError, match="no GigE camera nobody answers; there are Aravis-Fake-LW01"):
            opened("", "nobody")


def test_frames_with_missing_packets_are_unreadable_and_the_others_whole(opened: Open) -> None:
    with FakeGigeCamera(lost_per_thousand=8):
        stream = opened("width=512&height=256&packet_size=1400&fps=50")
        good, broken = 0, list[str]()
        while good < 5 or len(broken) < 5:
            try:
                assert np.ptp(look(stream).rgb()[-1]) > 50
                good += 1
            except UnreadablePictureError as error:
                broken.append(str(error))
        assert any("packets are missing" in said for said in broken)


def test_it_shows_a_frame_each_time_it_is_triggered(opened: Open) -> None:
    with FakeGigeCamera():
        stream = opened("trigger=software&fps=20&width=128&height=96")
        assert stream.fps == 20
        read(stream)
        begun = time.monotonic()
        for _ in range(20):
            read(stream)
        assert time.monotonic() - begun > 0.8


def test_one_that_waits_for_the_line_may_be_silent_and_yet_is_missed(opened: Open) -> None:
    with FakeGigeCamera() as camera:
        stream = opened("trigger=Line0")
        cut = threading.Timer(1.0, camera.pull_out)
        cut.start()
        begun = time.monotonic()
        with pytest.raises(CameraError, match="does not answer any more"):
            stream.read()
        assert time.monotonic() - begun > 1


def test_a_camera_that_is_plugged_in_again_goes_on(bundle_folder: Path, log: FilteringBoundLogger) -> None:
    with FakeGigeCamera() as fake:
        source = f"gige:{ADDRESS}?width=128&height=96&fps=30"
        camera = plan_camera(CameraSettings(name="c", source=source, stall_seconds=0.5))
        agent = Agent([camera], record=lambda event: None, log=log, backoff=lambda: Backoff(first_s=0.1, longest_s=0.5))
        agent.swap(bundle_folder)
        agent.start()

        def until(happened: Callable[[], bool]) -> None:
            limit = time.monotonic() + 30
            while not happened() and time.monotonic() < limit:
                time.sleep(0.02)
            assert happened()

        until(lambda: agent.report().cameras[0].frames_judged > 5)
        fake.pull_out()
        until(lambda: agent.report().cameras[0].failures > 0)
        seen = agent.report().cameras[0].frames_judged
        fake.plug_in()
        until(lambda: agent.report().cameras[0].frames_judged > seen + 5)
        report = agent.stop().cameras[0]
    assert report.frames_captured == report.frames_judged + report.frames_skipped


def test_frames_that_found_no_buffer_are_told_of_in_their_place() -> None:
    """What lies in the buffers is older than what was lost: a verdict must not go to another part."""
    with FakeGigeCamera():
        source = open_address(parse_address(f"gige:{ADDRESS}?buffers=4&fps=50&width=128&height=96"))
        try:
            time.sleep(1.0)
            for _ in range(4):
                source.read()
            with pytest.raises(UnreadablePictureError, match="all buffers were full") as lost:
                source.read()
            assert 20 < lost.value.frames < 100
            for _ in range(3):
                source.read()
        finally:
            source.close()
