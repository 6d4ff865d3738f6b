import itertools
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.cloud.errors import CloudError
from linewatch.cloud.samples.dataset import Counts, write_dataset
from linewatch.cloud.samples.encoder import network_path
from linewatch.cloud.samples.film import DWELL, Frame, film, kinds_on_line, stations_for
from linewatch.cloud.samples.part import GOOD, KINDS
from linewatch.cloud.samples.video import Interval, intervals, read_truth, without_picture, write_video
from linewatch.cloud.training.pictures import read_picture

FRAMES = 3 * DWELL


def shown(kind: str, pixels: int) -> Frame:
    return Frame(picture=np.zeros((0, 0, 3), np.uint8), kind=kind, defect_pixels=pixels)


def test_the_video_holds_the_film_and_its_truth(tmp_path: Path) -> None:
    path = tmp_path / "parts.avi"
    truth = write_video(path, seed=2, frames=FRAMES)
    assert read_truth(path) == truth
    (defective,) = truth.defective
    assert defective.kind in KINDS
    assert (defective.first, defective.last) == (2 * DWELL, 3 * DWELL - 1)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "ffvhuff"
        assert stream.average_rate is not None
        assert float(stream.average_rate) == 200
        decoded = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
    assert len(decoded) == FRAMES
    drawn = next(film(2, FRAMES)).picture
    assert drawn.shape == (512, 640, 3)
    assert np.abs(decoded[0].astype(int) - drawn).mean() < 2
    assert 0 < network_path(path).stat().st_size < path.stat().st_size / 10


def test_the_film_is_the_same_for_the_same_seed_and_never_stands_quite_still() -> None:
    first, again = (list(film(4, 2)) for _ in range(2))
    np.testing.assert_array_equal(first[1].picture, again[1].picture)
    assert not np.array_equal(first[0].picture, first[1].picture)


@given(st.integers(0, 1000), st.integers(3, 80))
def test_no_two_defective_parts_follow_each_other(seed: int, stations: int) -> None:
    kinds = kinds_on_line(np.random.default_rng(seed), stations)
    defective = [kind in KINDS for kind in kinds]
    assert len(kinds) == stations
    assert set(kinds) <= {GOOD, *KINDS}
    assert not any(one and other for one, other in itertools.pairwise(defective))
    assert 1 <= sum(defective) <= stations / 2


def test_the_whole_film_shows_every_defect() -> None:
    kinds = kinds_on_line(np.random.default_rng(0), stations_for(2000))
    assert {GOOD, *KINDS} == set(kinds)
    assert sum(kind in KINDS for kind in kinds) >= 12


def test_an_interval_is_where_at_least_half_of_the_defect_is_seen() -> None:
    frames = [
        *(shown("pit", pixels) for pixels in (10, 49, 50, 100, 60, 40)),
        shown(GOOD, 0),
        *(shown("stain", pixels) for pixels in (3, 30)),
    ]
    assert list(intervals(frames)) == [
        Interval(first=2, last=4, kind="pit"),
        Interval(first=8, last=8, kind="stain"),
    ]
    assert list(intervals([])) == []


def test_a_video_that_cannot_be_written_or_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(CloudError, match=r"cannot be written.*\.avi"):
        write_video(tmp_path / "missing" / "parts.avi", frames=1)
    with pytest.raises(CloudError, match=r"cannot be written.*\.avi"):
        write_video(tmp_path / "parts.unknown", frames=1)
    with pytest.raises(CloudError, match=r"parts\.json is no list of defects"):
        read_truth(tmp_path / "parts.mp4")


def test_the_film_is_of_the_line_that_the_dataset_shows(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "pictures", seed=5, counts=Counts(train_good=8, test_good=1, each_defect=1))
    pictures = [read_picture(path) for path in sorted((folder / "train" / "good").iterdir())]
    corner = np.stack([picture[:60, :60].mean((0, 1)) for picture in pictures]).mean(0)
    same, other = (next(film(seed, 1)).picture[:60, :60].mean((0, 1)) for seed in (5, 6))
    assert np.abs(same - corner).max() < 8
    drawn = next(film(5, 1)).picture
    assert not any(np.abs(drawn.astype(int) - picture).mean() < 1 for picture in pictures)
    assert not np.array_equal(same, other)


def test_a_frame_without_its_picture_lets_go_of_its_memory() -> None:
    (frame,) = film(0, 1)
    kept = without_picture(frame)
    assert kept.picture.base is None
    assert (kept.kind, kept.defect_pixels) == (frame.kind, frame.defect_pixels)
