"""RTSP from a server to frames, and through the agent with a camera that hangs up."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from structlog.typing import FilteringBoundLogger

from edge.rtsp_server import serve_rtsp
from linewatch.edge.agent.agent import Agent
from linewatch.edge.capture.av_video import AvVideo
from linewatch.edge.capture.backoff import Backoff
from linewatch.edge.capture.camera import plan_camera
from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.capture.opencv_video import OpenCvVideo
from linewatch.edge.capture.picture import as_picture
from linewatch.edge.capture.settings import CameraSettings
from linewatch.edge.capture.source import FrameSource
from linewatch.edge.errors import CameraError

COUNT = 10


def film() -> list[UInt8Array]:
    frames = []
    for number in range(COUNT):
        pixels = np.zeros((64, 96, 3), np.uint8)
        pixels[..., 0] = 60 + 15 * number
        frames.append(pixels)
    return frames


@pytest.mark.parametrize("adapter", [AvVideo, OpenCvVideo])
def test_frames_come_over_rtsp_until_the_camera_hangs_up(adapter: Callable[..., FrameSource]) -> None:
    with serve_rtsp(film()) as address:
        source = adapter(address, live=True, timeout_s=5.0)
        frames: list[UInt8Array] = []
        try:
            while (pixels := source.read()) is not None:
                frames.append(as_picture(pixels).rgb())
        except CameraError:
            pass
        source.close()
    # Reading ahead to learn the format may cost the first frames of a live stream.
    assert COUNT - 2 <= len(frames) <= COUNT
    assert all(frame.shape == (64, 96, 3) for frame in frames)
    red = np.array([frame[..., 0].mean() for frame in frames])
    assert np.all(np.diff(red) > 5)
    assert max(frame[..., 1:].mean() for frame in frames) < 30


def test_a_camera_that_hangs_up_is_dialled_again(bundle_folder: Path, log: FilteringBoundLogger) -> None:
    with serve_rtsp(film()) as address:
        camera = plan_camera(CameraSettings(name="c", source=address))
        agent = Agent([camera], record=lambda event: None, log=log, backoff=lambda: Backoff(first_s=0.01))
        agent.swap(bundle_folder)
        agent.start()
        limit = time.monotonic() + 30
        while agent.report().cameras[0].failures < 2 and time.monotonic() < limit:
            time.sleep(0.02)
        report = agent.stop().cameras[0]
    assert report.failures >= 2
    assert report.frames_captured >= 2 * (COUNT - 2)
    assert report.frames_captured == report.frames_judged + report.frames_skipped
