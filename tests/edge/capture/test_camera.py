import threading
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from linewatch.edge.capture.camera import Camera, Opening, plan_camera
from linewatch.edge.capture.settings import CameraSettings
from linewatch.edge.errors import ConfigurationError, SourceError


def plan(source: str, *, once: bool = False, **options: str | float | bool) -> Camera:
    return plan_camera(CameraSettings.model_validate({"name": "c", "source": source, **options}), once=once)


def opening(stop: threading.Event) -> Opening:
    return Opening(stop=stop, holds=lambda: 20)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((4, 4, 3), number, np.uint8))
    return str(tmp_path)


def read(camera: Camera, count: int) -> list[int | None]:
    stream = camera.open(opening(threading.Event()))
    shots = [stream.read() for _ in range(count)]
    stream.close()
    return [None if shot is None else int(shot.picture.rgb()[0, 0, 0]) for shot in shots]


@pytest.mark.parametrize(
    ("source", "options", "live", "restarts"),
    [
        ("usb:0", {}, True, True),
        ("gige:", {}, True, True),
        ("rtsp://host/a", {}, True, True),
        ("rtsp://host/a", {"mode": "all"}, False, True),
        ("simulated:?fps=30", {}, True, True),
        ("simulated:?fps=30&frames=9", {}, True, False),
        ("simulated:?fps=0&frames=9", {}, False, False),
    ],
)
def test_live_sources_skip_and_cameras_restart(
    source: str, options: dict[str, Any], live: bool, restarts: bool
) -> None:
    camera = plan(source, **options)
    assert (camera.live, camera.restarts) == (live, restarts)


@pytest.mark.parametrize("source", ["usb:0?with=3", "gige:?gian=3", "simulated:?fp=3"])
def test_wrong_options_are_noticed_before_anything_runs(source: str) -> None:
    with pytest.raises(ConfigurationError, match="did you mean"):
        plan(source)


def test_nothing_restarts_when_played_once() -> None:
    assert not plan("usb:0", once=True).restarts


def test_a_folder_is_read_to_its_end(folder: str) -> None:
    camera = plan(folder)
    assert not camera.live
    assert read(camera, 4) == [0, 1, 2, None]


def test_a_folder_of_which_every_frame_is_judged_can_be_held_back(folder: str) -> None:
    begun = time.monotonic()
    camera = plan(folder, mode="all", fps=20.0)
    assert not camera.live
    assert read(camera, 4) == [0, 1, 2, None]
    assert time.monotonic() - begun >= 0.1


def test_a_looped_folder_begins_again_but_not_when_played_once(folder: str) -> None:
    assert read(plan(folder, loop=True), 7) == [0, 1, 2, 0, 1, 2, 0]
    assert read(plan(folder, loop=True, once=True), 4) == [0, 1, 2, None]


def test_a_recorded_source_played_live_keeps_its_pace(folder: str) -> None:
    started = time.monotonic()
    assert read(plan(folder, mode="live", fps=50, loop=True), 11) == [0, 1, 2] * 3 + [0, 1]
    assert time.monotonic() - started >= 0.2


def test_stopping_ends_the_wait_for_the_next_frame(folder: str) -> None:
    stop = threading.Event()
    source = plan(folder, mode="live", fps=0.01).open(opening(stop))
    source.read()
    threading.Timer(0.05, stop.set).start()
    started = time.monotonic()
    source.read()
    assert time.monotonic() - started < 5
    source.close()


def test_a_missing_file_is_noticed_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no\.mp4"):
        plan(str(tmp_path / "no.mp4"))
