"""The video that the demo's agent watches, and what it truly shows."""

from dataclasses import dataclass
from pathlib import Path

from linewatch.cloud.demo.showing import Showing
from linewatch.cloud.demo.video import line_up, write_parts_video
from linewatch.cloud.errors import DatasetError
from linewatch.cloud.samples.encoder import network_path
from linewatch.cloud.samples.film import DWELL
from linewatch.cloud.samples.video import write_video
from linewatch.cloud.training.dataset import Dataset
from linewatch.cloud.training.pictures import read_picture
from linewatch.cloud.training.progress import Progress

FRAMES = 2000
FRAMES_PER_SECOND = 200


@dataclass(frozen=True, kw_only=True)
class Film:
    """A video file and its truth."""

    path: Path
    showings: tuple[Showing, ...]

    @property
    def h264_bytes(self) -> int:
        """Size of the same video as H.264 for a network."""
        return network_path(self.path).stat().st_size


def film_of_samples(path: Path, seed: int, progress: Progress) -> Film:
    """The project's own line of parts: `FRAMES` frames of 640 x 512 pixels."""
    truth = write_video(path, seed=seed, frames=FRAMES, progress=progress)
    bad = [Showing(first=one.first, last=one.last, defect=one.kind) for one in truth.defective]
    places = [Showing(first=start, last=start + DWELL - 1) for start in range(0, FRAMES, DWELL)]
    good = [place for place in places if not any(_overlap(place, one) for one in bad)]
    return Film(path=path, showings=tuple(sorted([*bad, *good], key=lambda showing: showing.first)))


def check_showable(dataset: Dataset) -> None:
    """Whether `film_of_pictures` has something to show.

    Raises:
        DatasetError: there are no good pictures to judge.
    """
    if all(sample.anomalous for sample in dataset.test):
        raise DatasetError(f"{dataset.root} has no pictures in test/good: the demo's video needs some to show")


def film_of_pictures(path: Path, dataset: Dataset, bits: int, seed: int, progress: Progress) -> Film:
    """A line of the dataset's test pictures, of `bits` significant bits, each standing still for a moment.

    Raises:
        DatasetError: there are no good pictures to judge.
    """
    check_showable(dataset)
    good = [sample.path for sample in dataset.test if not sample.anomalous]
    bad = [(sample.path, sample.kind) for sample in dataset.test if sample.anomalous]
    line = line_up(good, bad, seed)
    pictures = [(read_picture(part, bits), defect) for part, defect in line]
    showings = write_parts_video(path, pictures, frames_per_second=FRAMES_PER_SECOND, seed=seed, progress=progress)
    return Film(path=path, showings=tuple(showings))


def _overlap(one: Showing, other: Showing) -> bool:
    return one.first <= other.last and other.first <= one.last
