import itertools
from pathlib import Path

import av
import numpy as np
import pytest

from linewatch.cloud.demo.video import FRAMES_PER_PART, MOST_DEFECTIVE, PARTS, line_up, write_parts_video
from linewatch.cloud.errors import CloudError


def test_the_line_is_mostly_good_and_never_bad_twice_in_a_row() -> None:
    line = line_up(list(range(5)), [(100 + index, "crack") for index in range(40)], seed=3)
    defective = [bool(defect) for _, defect in line]
    assert len(line) == PARTS
    assert sum(defective) == MOST_DEFECTIVE
    assert not any(first and second for first, second in itertools.pairwise(defective))
    assert line == line_up(list(range(5)), [(100 + index, "crack") for index in range(40)], seed=3)


def test_few_defective_pictures_are_each_shown_once() -> None:
    line = line_up(["good"], [("a", "x"), ("b", "y")], seed=0)
    assert sorted(part for part, defect in line if defect) == ["a", "b"]


def test_the_video_shows_what_it_says(tmp_path: Path) -> None:
    dark = np.full((65, 97, 3), 30, np.uint8)
    bright = np.full((65, 97, 3), 220, np.uint8)
    showings = write_parts_video(
        tmp_path / "line.avi", [(dark, ""), (bright, "paint"), (dark, "")], frames_per_second=50, seed=0
    )
    with av.open(str(tmp_path / "line.avi")) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 3 * FRAMES_PER_PART
    assert frames[0].shape == (64, 96, 3)
    assert [showing.defect for showing in showings] == ["", "paint", ""]
    for showing in showings:
        for number in range(showing.first, showing.last + 1):
            assert (frames[number].mean() > 128) == showing.defective


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    (tmp_path / "parts.avi").symlink_to("/dev/full")
    noisy = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    with pytest.raises(CloudError, match=r"cannot be written.*make room"):
        write_parts_video(tmp_path / "parts.avi", [(noisy, "")] * 5, frames_per_second=200, seed=0)
