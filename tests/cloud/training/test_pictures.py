from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.cloud.errors import DatasetError
from linewatch.cloud.training.pictures import SUFFIXES, is_picture, read_mask, read_picture, significant_bits


def picture(height: int = 48, width: int = 64) -> np.ndarray:
    rows, columns = np.mgrid[0:height, 0:width]
    return np.dstack([rows * 3, columns * 2, (rows + columns)]).astype(np.uint8)


def save(path: Path, pixels: np.ndarray) -> Path:
    path.write_bytes(cv2.imencode(path.suffix, pixels)[1].tobytes())
    return path


def test_colours_come_as_rgb(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", picture()[:, :, ::-1])
    np.testing.assert_array_equal(read_picture(path), picture())


def test_grey_becomes_three_equal_channels(tmp_path: Path) -> None:
    grey = picture()[:, :, 0]
    read = read_picture(save(tmp_path / "a.png", grey))
    np.testing.assert_array_equal(read, np.dstack([grey, grey, grey]))


def test_alpha_is_ignored(tmp_path: Path) -> None:
    transparent = np.dstack([picture()[:, :, ::-1], np.zeros((48, 64), np.uint8)])
    np.testing.assert_array_equal(read_picture(save(tmp_path / "a.png", transparent)), picture())


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_sixteen_bit_pictures_keep_the_upper_eight_significant_bits(tmp_path: Path, bits: int) -> None:
    deep = picture().astype(np.uint16)[:, :, ::-1] << (bits - 8)
    np.testing.assert_array_equal(read_picture(save(tmp_path / "a.png", deep), bits), picture())


def test_values_beyond_the_significant_bits_stay_white(tmp_path: Path) -> None:
    deep = np.full((40, 40), 60_000, np.uint16)
    assert read_picture(save(tmp_path / "a.png", deep), bits=12).min() == 255


@given(st.lists(st.integers(0, 65535)))
def test_the_significant_bits_hold_every_value_and_the_next_fewer_do_not(brightest: list[int]) -> None:
    bits = significant_bits(brightest)
    highest = max(brightest, default=0)
    assert highest < 2**bits
    assert bits == 8 or highest >= 2 ** (bits - 2)


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
@pytest.mark.parametrize("kept", [0.0, 0.02, 0.5])
def test_a_cut_file_is_refused_by_name(tmp_path: Path, suffix: str, kept: float) -> None:
    whole = cv2.imencode(suffix, picture())[1].tobytes()
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(DatasetError, match=r"cut.*(broken|no picture).*replace or remove"):
        read_picture(path)


def test_a_tiny_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"a\.png is 64 x 31 pixels: at least 32 x 32"):
        read_picture(save(tmp_path / "a.png", picture(height=31)))


def test_floating_point_pixels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="8 or 16 bits"):
        read_picture(save(tmp_path / "a.tiff", picture().astype(np.float32)))


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(DatasetError, match=r"folder\.png cannot be read"):
        read_picture(tmp_path / "folder.png")


def test_hidden_files_and_other_files_are_no_pictures() -> None:
    named = ["a.PNG", "b.jpeg", "._a.png", "notes.txt", "c"]
    assert [name for name in named if is_picture(Path(name))] == ["a.PNG", "b.jpeg"]


def test_a_mask_is_true_where_it_is_not_black(tmp_path: Path) -> None:
    grey = np.zeros((40, 50), np.uint8)
    grey[3:5, 7:9] = 1
    np.testing.assert_array_equal(read_mask(save(tmp_path / "m.png", grey)), grey != 0)
    (tmp_path / "m.png").write_bytes(b"no mask")
    with pytest.raises(DatasetError, match=r"m\.png is no mask"):
        read_mask(tmp_path / "m.png")
