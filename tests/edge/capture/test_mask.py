from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.capture.frame import Frame
from linewatch.edge.capture.mask import Mask
from linewatch.edge.capture.mask_settings import MaskSettings, load_mask
from linewatch.edge.capture.settings import CameraSettings
from linewatch.edge.errors import ConfigurationError
from linewatch.protos.bundle import RegionOfInterest

LEFT_HALF = (((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)),)


@pytest.fixture
def left_half() -> Mask:
    return load_mask(MaskSettings(polygons=LEFT_HALF))


def write(path: Path, picture: np.ndarray) -> Path:
    cv2.imwrite(str(path), picture)
    return path


def test_what_is_inside_a_polygon_is_hidden(left_half: Mask) -> None:
    assert left_half.cells(2, 4, None).tolist() == [[True, True, False, False]] * 2


def test_what_is_black_in_a_picture_of_any_size_is_hidden(tmp_path: Path) -> None:
    picture = np.full((3, 5), 255, np.uint8)
    picture[1, 3] = 0
    mask = load_mask(MaskSettings(picture=write(tmp_path / "m.png", picture)))
    assert np.argwhere(mask.cells(3, 5, None)).tolist() == [[1, 3]]
    colour = np.full((30, 50, 3), 200, np.uint8)
    colour[10:20, 30:40] = (10, 0, 90)
    assert np.argwhere(
        load_mask(MaskSettings(picture=write(tmp_path / "c.png", colour))).cells(3, 5, None)
    ).tolist() == [[1, 3]]


def test_pictures_and_polygons_add_up(tmp_path: Path) -> None:
    picture = np.full((2, 4), 255, np.uint8)
    picture[0, 3] = 0
    mask = load_mask(MaskSettings(picture=write(tmp_path / "m.png", picture), polygons=LEFT_HALF))
    assert mask.cells(2, 4, None).tolist() == [[True, True, False, True], [True, True, False, False]]


def test_a_cell_is_hidden_when_half_of_it_is(left_half: Mask) -> None:
    assert left_half.cells(1, 3, None).tolist() == [[True, True, False]]
    third = load_mask(MaskSettings(polygons=(((0.0, 0.0), (0.4, 0.0), (0.4, 1.0), (0.0, 1.0)),)))
    assert third.cells(1, 3, None).tolist() == [[True, False, False]]


@given(st.integers(0, 3), st.integers(0, 3), st.integers(1, 4), st.integers(1, 4))
def test_of_a_bundle_that_looks_at_a_region_its_cells_are_meant(left: int, top: int, width: int, height: int) -> None:
    hidden = np.random.default_rng(1).random((8, 8)) < 0.5
    mask = Mask(hidden)
    region = RegionOfInterest(left=left / 8, top=top / 8, width=width / 8, height=height / 8)
    assert np.array_equal(mask.cells(height, width, region), hidden[top : top + height, left : left + width])


def test_frames_that_are_kept_do_not_show_what_is_hidden(left_half: Mask) -> None:
    pixels = np.full((40, 60, 3), 200, np.uint8)
    pixels.flags.writeable = False
    kept = Frame("c", 0, pixels, 0, 0.0, mask=left_half).kept()
    assert np.all(kept.picture.rgb()[:, :30] == 0)
    assert np.all(kept.picture.rgb()[:, 32:] == 200)
    assert np.all(pixels == 200)


def test_a_camera_that_changes_its_size_again_and_again_fills_no_memory(left_half: Mask) -> None:
    for side in range(8, 80):
        left_half.paint(np.ones((side, side, 3), np.uint8))
        left_half.cells(side, side, None)
    assert len(left_half._pixels) <= 8
    assert len(left_half._cells) <= 8


def test_what_is_no_mask_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="hides nothing"):
        load_mask(MaskSettings(picture=write(tmp_path / "white.png", np.full((4, 4), 255, np.uint8))))
    with pytest.raises(ConfigurationError, match="hides everything"):
        load_mask(MaskSettings(picture=write(tmp_path / "black.png", np.zeros((4, 4), np.uint8))))
    with pytest.raises(ConfigurationError, match=r"cannot read the mask .*none\.png"):
        load_mask(MaskSettings(picture=tmp_path / "none.png"))
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(ConfigurationError, match="broken or not a picture"):
        load_mask(MaskSettings(picture=tmp_path / "text.png"))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "hides nothing; name a picture"),
        ({"polygons": [[[0, 0], [1, 1]]]}, "at least 3"),
        ({"polygons": [[[0, 0], [2, 0], [0, 1]]]}, "less than or equal to 1"),
        ({"picture": "m.png", "colour": 3}, "colour"),
    ],
)
def test_settings_that_hide_nothing_are_refused(table: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        CameraSettings.model_validate({"name": "c", "source": "usb:0", "mask": table}, strict=False)


def test_relative_pictures_are_seen_from_the_file() -> None:
    settings = CameraSettings(name="c", source="usb:0", mask=MaskSettings(picture=Path("mask.png")))
    seen = settings.seen_from(Path("/etc/linewatch")).mask
    assert seen is not None
    assert seen.picture == Path("/etc/linewatch/mask.png")
