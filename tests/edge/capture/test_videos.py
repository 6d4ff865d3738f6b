"""Both video adapters against the same files, and a stream served over loopback."""

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from edge.frames import read_all
from linewatch.edge import optional
from linewatch.edge.capture.av_video import AvVideo
from linewatch.edge.capture.opencv_video import OpenCvVideo
from linewatch.edge.capture.picture import as_picture
from linewatch.edge.capture.source import FrameSource
from linewatch.edge.errors import CameraError, SourceError, UnreadablePictureError, WrongUse

COUNT = 12


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of `COUNT` frames, 96 x 64 pixels at 20 frames/s: red, and brighter with each frame."""
    path = tmp_path_factory.mktemp("video") / "red.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=20)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(COUNT):
            pixels = np.zeros((64, 96, 3), np.uint8)
            pixels[..., 0] = 60 + 15 * number
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return path


adapters = pytest.mark.parametrize("adapter", [AvVideo, OpenCvVideo])
Adapter = Callable[..., FrameSource]


@adapters
def test_every_frame_comes_in_order_as_rgb(adapter: Adapter, video: Path) -> None:
    source = adapter(str(video), live=False)
    frames = list(read_all(source))
    source.close()
    assert len(frames) == COUNT
    assert source.fps == pytest.approx(20)
    assert all(frame.shape == (64, 96, 3) and frame.dtype == np.uint8 for frame in frames)
    red, green, blue = (np.array([frame[..., channel].mean() for frame in frames]) for channel in range(3))
    assert np.all(np.diff(red) > 8)
    assert max(green.max(), blue.max()) < 30


@adapters
def test_frames_that_were_delivered_are_not_written_to(adapter: Adapter, video: Path) -> None:
    source = adapter(str(video), live=False)
    first = source.read()
    assert first is not None
    before = as_picture(first).kept().rgb()
    while source.read() is not None:
        pass
    source.close()
    assert np.array_equal(as_picture(first).rgb(), before)


@adapters
def test_a_file_that_is_no_video_is_the_users_to_mend(adapter: Adapter, tmp_path: Path) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"not a video")
    with pytest.raises(SourceError, match=r"broken\.mp4"):
        adapter(str(path), live=False)


@adapters
def test_a_stream_that_does_not_answer_may_come_back(adapter: Adapter) -> None:
    with pytest.raises(CameraError):
        adapter("rtsp://127.0.0.1:9/nothing", live=True, timeout_s=2.0)


@pytest.fixture
def server(video: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    handler = functools.partial(Quiet, directory=str(video.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_address[1]}/{video.name}"
        serving.shutdown()


@adapters
def test_a_stream_delivers_over_the_network(adapter: Adapter, server: str) -> None:
    source = adapter(server, live=True, timeout_s=5.0)
    frames = [source.read() for _ in range(COUNT)]
    source.close()
    assert all(frame is not None and as_picture(frame).rgb().shape == (64, 96, 3) for frame in frames)


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    with pytest.raises(WrongUse, match=r"linewatch-edge\[av\]"):
        optional.load("av")


def test_a_damaged_frame_costs_a_frame_and_not_the_rest_of_the_video(video: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.mp4"
    with av.open(str(video)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.pos is not None]
    content = bytearray(video.read_bytes())
    place, size = places[COUNT // 2]
    content[place : place + size] = bytes(size)
    damaged.write_bytes(content)
    source = AvVideo(str(damaged), live=False)
    assert [came(source) for _ in range(COUNT + 1)].count("frame") == COUNT - 1
    source.close()


def came(source: FrameSource) -> str:
    try:
        return "end" if source.read() is None else "frame"
    except UnreadablePictureError:
        return "damage"
