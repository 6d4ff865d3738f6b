from pathlib import Path

import cv2
import numpy as np
import pytest

from linewatch.edge.capture.address import parse_address
from linewatch.edge.errors import SourceError, WrongUse
from linewatch.edge.inspect.items import open_items


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("good/1.png", "good/2.png", "scratch/1.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), np.zeros((4, 4, 3), np.uint8))
    (tmp_path / "good/3.png").write_bytes(b"broken")
    return tmp_path


def test_pictures_are_named_by_their_place_and_broken_ones_stay_in_the_list(folder: Path) -> None:
    items = open_items(parse_address(str(folder)), None)
    found = list(items.each)
    assert items.total == 4
    assert not items.moving
    assert [item.name for item in found] == ["good/1.png", "good/2.png", "good/3.png", "scratch/1.png"]
    assert [item.pixels is None for item in found] == [False, False, True, False]
    assert "broken" in found[2].trouble


def test_one_picture_is_enough(folder: Path) -> None:
    assert [item.name for item in open_items(parse_address(str(folder / "good/1.png")), None).each] == ["1.png"]


def test_a_limit_holds(folder: Path) -> None:
    items = open_items(parse_address(str(folder)), 2)
    assert items.total == len(list(items.each)) == 2


def test_frames_are_numbered() -> None:
    items = open_items(parse_address("simulated:?fps=0&frames=3&width=64&height=64"), None)
    assert items.total == 3
    assert items.moving
    assert [item.name for item in items.each] == ["frame-000000", "frame-000001", "frame-000002"]


def test_a_camera_without_an_end_needs_a_limit() -> None:
    with pytest.raises(WrongUse, match="--limit"):
        open_items(parse_address("simulated:"), None)
    items = open_items(parse_address("simulated:?width=64&height=64"), 5)
    assert items.total == len(list(items.each)) == 5


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no\.mp4"):
        open_items(parse_address(str(tmp_path / "no.mp4")), None)
