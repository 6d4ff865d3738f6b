from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from linewatch.cloud.training import pictures as training
from linewatch.edge.capture.pictures import PictureFolder, find_pictures, read_picture
from linewatch.edge.errors import SourceError, UnreadablePictureError


def write(path: Path, pixels: npt.NDArray[np.integer]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)
    return path


def test_colours_come_as_rgb(tmp_path: Path) -> None:
    blue_in_bgr = np.zeros((2, 3, 3), np.uint8)
    blue_in_bgr[..., 0] = 200
    pixels = read_picture(write(tmp_path / "blue.png", blue_in_bgr))
    assert pixels.shape == (2, 3, 3)
    assert pixels.flags.c_contiguous
    assert pixels[0, 0].tolist() == [0, 0, 200]


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (np.full((4, 4), 77, np.uint8), 77),
        (np.full((4, 4), 0x8040, np.uint16), 0x80),
        (np.full((4, 4, 3), 0xFFFF, np.uint16), 0xFF),
        (np.dstack([np.full((4, 4, 3), 9, np.uint8), np.zeros((4, 4), np.uint8)]), 9),
    ],
    ids=["grey", "grey of 16 bits", "colour of 16 bits", "with transparency"],
)
def test_odd_pictures_become_three_channels_of_8_bits(
    tmp_path: Path, pixels: npt.NDArray[np.integer], expected: int
) -> None:
    found = read_picture(write(tmp_path / "odd.png", pixels), bits=16)
    assert found.dtype == np.uint8
    assert found.shape == (4, 4, 3)
    assert set(found.ravel().tolist()) == {expected}


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n broken"])
def test_a_broken_picture_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(data)
    with pytest.raises(UnreadablePictureError, match=r"broken\.png"):
        read_picture(path)


def test_a_folder_is_read_as_people_sort_it(tmp_path: Path) -> None:
    for name in ("10.png", "2.png", "b/1.png", ".hidden.png"):
        write(tmp_path / name, np.zeros((2, 2, 3), np.uint8))
    (tmp_path / "notes.txt").write_text("no picture")
    names = [path.relative_to(tmp_path).as_posix() for path in find_pictures(tmp_path)]
    assert names == ["2.png", "10.png", "b/1.png"]


def test_a_folder_without_pictures_says_what_it_looks_for(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"holds no pictures .*\.png"):
        PictureFolder(tmp_path)


def test_a_broken_picture_does_not_end_the_folder(tmp_path: Path) -> None:
    write(tmp_path / "1.png", np.zeros((2, 2, 3), np.uint8))
    (tmp_path / "2.png").write_bytes(b"broken")
    write(tmp_path / "3.png", np.full((2, 2, 3), 5, np.uint8))
    source = PictureFolder(tmp_path)
    assert source.read() is not None
    with pytest.raises(UnreadablePictureError):
        source.read()
    last = source.read()
    assert last is not None
    assert last[0, 0, 0] == 5
    assert source.read() is None


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_deep_pictures_are_seen_as_in_training(tmp_path: Path, bits: int) -> None:
    deep = np.random.default_rng(bits).integers(0, 1 << bits, (40, 50, 3), np.uint16)
    path = write(tmp_path / "deep.png", deep)
    np.testing.assert_array_equal(read_picture(path, bits), training.read_picture(path, bits))


def test_nobody_guesses_what_a_deep_picture_shows(tmp_path: Path) -> None:
    path = write(tmp_path / "deep.png", np.full((40, 50, 3), 3000, np.uint16))
    with pytest.raises(UnreadablePictureError, match="say by `bits` in the camera's table"):
        read_picture(path)
    with pytest.raises(UnreadablePictureError, match="was taught from pictures of 8"):
        read_picture(path, 8)
    assert read_picture(path, 12).max() == 3000 >> 4
