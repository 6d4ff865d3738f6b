from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.tiny_bundle import make_moving_bundle
from linewatch.edge.capture.address import parse_address
from linewatch.edge.capture.settings import CameraSettings
from linewatch.edge.errors import EdgeError
from linewatch.edge.infer.model import Model, load_model
from linewatch.edge.inspect.items import open_items
from linewatch.edge.local.journal import Journal
from linewatch.edge.local.looking import look_at_camera, look_at_items
from linewatch.edge.local.teacher import LocalTeacher
from linewatch.protos.bundle import FrameStack


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(6):
        cv2.imwrite(str(folder / f"{number}.png"), random.integers(100, 200, (96, 128, 3), dtype=np.uint8))
    (folder / "9.png").write_bytes(b"no picture")
    return folder


def teacher(tmp_path: Path, model: Model) -> LocalTeacher:
    return LocalTeacher(Journal(tmp_path, site="s", device="d"), model)


def test_pictures_that_can_be_read_are_scored(tmp_path: Path, model: Model, pictures: Path) -> None:
    seen: list[int] = []
    items = open_items(parse_address(str(pictures)), None)
    scores = look_at_items(teacher(tmp_path, model), items, lambda: seen.append(1))
    assert (len(scores.values), scores.moving, len(seen)) == (6, False, 7)


def test_a_camera_is_looked_at_for_a_while(tmp_path: Path, model: Model) -> None:
    camera = CameraSettings(name="line-1", source="simulated:?fps=40&width=128&height=96")
    scores = look_at_camera(teacher(tmp_path, model), camera, 1.5)
    assert scores.moving
    assert scores.cameras == ("line-1",)
    assert len(scores.values) >= 5


def test_a_camera_of_files_ends_by_itself(tmp_path: Path, model: Model, pictures: Path) -> None:
    camera = CameraSettings(name="line-1", source=str(pictures))
    assert len(look_at_camera(teacher(tmp_path, model), camera, 60).values) == 6


def test_a_bundle_of_stacks_is_given_the_frames_before(tmp_path: Path, pictures: Path) -> None:
    make_moving_bundle(tmp_path / "moving", FrameStack(frames=2, step=1))
    camera = CameraSettings(name="line-1", source=str(pictures))
    assert len(look_at_camera(teacher(tmp_path, load_model(tmp_path / "moving")), camera, 60).values) == 5


def test_a_camera_that_does_not_answer_says_so(tmp_path: Path, model: Model) -> None:
    camera = CameraSettings(name="line-1", source="rtsp://127.0.0.1:9/none")
    with pytest.raises(EdgeError):
        look_at_camera(teacher(tmp_path, model), camera, 5)
