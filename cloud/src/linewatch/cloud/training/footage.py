"""Videos of a fixed camera as pictures to learn from and to judge: short stacks of frames, evenly spread over them."""

import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from linewatch.cloud.errors import DatasetError
from linewatch.cloud.training.dataset import Dataset, Sample
from linewatch.cloud.training.pictures import SMALLEST_SIDE
from linewatch.compiler.pictures import MIN_GOOD
from linewatch.compiler.teacher import UInt8Array
from linewatch.protos.bundle import FrameStack

FRAMES = 3
USUAL_FPS = 30.0
"""Frames a second whose neighbours show how things move; of faster cameras every second, third ... frame is used."""

MOST_SAMPLES = 240
"""Stacks that are learned from, and stacks of each kind that are judged."""
MOST_BYTES = 1_000_000_000
"""Of all stacks that are learned from, and of all that are judged."""
_LIKELY_FPS = (1.0, 480.0)
"""Some containers hold the ticks of their clock in the place of frames a second."""

_CHUNK = 1 << 20
_AGAIN = "record it again, for example as H.264 in an MP4"


@dataclass(frozen=True, kw_only=True)
class Film:
    """One video: its frames, how many there are a second, (height, width), and the SHA-256 of the file."""

    frames: int
    fps: float
    size: tuple[int, int]
    sha256: str


def watch(path: Path) -> Film:
    """Read a video from its beginning to its end.

    Raises:
        DatasetError: it cannot be read, or holds no frame.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise DatasetError(f"{path} cannot be read ({error.strerror or error}): mend its permissions") from error
    capture = _opened(path)
    try:
        fps, size, count = float(capture.get(cv2.CAP_PROP_FPS)), (0, 0), 0
        while capture.grab():
            if count == 0:
                _, first = capture.retrieve()
                size = (first.shape[0], first.shape[1])
            count += 1
    finally:
        capture.release()
    if count == 0:
        raise DatasetError(f"{path} holds no frame that can be read: {_AGAIN}")
    if min(size) < SMALLEST_SIDE:
        raise DatasetError(
            f"{path} shows {size[1]} x {size[0]} pixels: at least {SMALLEST_SIDE} x {SMALLEST_SIDE} are needed"
        )
    return Film(frames=count, fps=fps, size=size, sha256=digest.hexdigest())


def usual_stack(films: Mapping[Path, Film], step: int | None) -> FrameStack:
    """The stacks that suit the videos, which mostly say how many frames they show a second; `step` is the user's.

    Raises:
        DatasetError: one step does not suit all of them.
    """
    if step is not None:
        return FrameStack(frames=FRAMES, step=step)
    least, most = _LIKELY_FPS
    steps = {path: max(1, round(film.fps / USUAL_FPS)) for path, film in films.items() if least <= film.fps <= most}
    if len(set(steps.values())) > 1:
        slow, fast = min(steps, key=lambda path: films[path].fps), max(steps, key=lambda path: films[path].fps)
        raise DatasetError(
            f"{slow.name} shows {films[slow].fps:g} frames a second and {fast.name} {films[fast].fps:g}: take videos "
            "of one camera, or say by --step how many frames apart those are that are judged together"
        )
    return FrameStack(frames=FRAMES, step=next(iter(steps.values()), 1))


def sampled(dataset: Dataset, films: Mapping[Path, Film], stack: FrameStack) -> Dataset:
    """The dataset of videos as one of stacks, each known by the number of its last frame.

    Raises:
        DatasetError: the videos are too short to learn from.
    """
    size = next(iter(films.values())).size
    room = MOST_BYTES // (stack.frames * size[0] * size[1] * 3)
    most = max(MIN_GOOD, min(MOST_SAMPLES, room))
    train = _spread(dataset.train, films, stack, most)
    if len(train) < MIN_GOOD:
        raise DatasetError(
            f"the good videos in {dataset.root} are too short: a frame is judged with the {stack.reach} before it, and "
            f"{MIN_GOOD} such are needed, so {MIN_GOOD + stack.reach} frames of one video; some minutes are better"
        )
    kinds = {kind: [sample for sample in dataset.test if sample.kind == kind] for kind in dataset.kinds}
    most = max(1, min(MOST_SAMPLES, room // max(1, len(kinds))))
    test = [sample for samples in kinds.values() for sample in _spread(samples, films, stack, most)]
    return replace(dataset, train=tuple(train), test=tuple(test), stack=stack)


class Reels:
    """The stacks of a sampled dataset, in memory: each video is decoded once, when it is first asked for."""

    def __init__(self, samples: Sequence[Sample], stack: FrameStack) -> None:
        self._samples = samples
        self._stack = stack
        self._stacks: dict[tuple[Path, int], UInt8Array] = {}

    def stack(self, sample: Sample) -> UInt8Array:
        """RGB uint8[T, H, W, 3] of a sample.

        Raises:
            DatasetError: the video changed since it was sampled.
        """
        assert sample.frame is not None
        if (sample.path, sample.frame) not in self._stacks:
            wanted = [one.frame for one in self._samples if one.path == sample.path and one.frame is not None]
            self._stacks |= {(sample.path, last): frames for last, frames in _cut(sample.path, wanted, self._stack)}
        try:
            return self._stacks[sample.path, sample.frame]
        except KeyError as error:
            raise DatasetError(f"{sample.path} has no frame {sample.frame} any more: train again") from error


def _spread(samples: Sequence[Sample], films: Mapping[Path, Film], stack: FrameStack, most: int) -> list[Sample]:
    """At most `most` stacks of these videos, evenly over all of them.

    Not at equal distances: what moves in a rhythm would be seen in few of its phases.
    """
    every = [(sample, last) for sample in samples for last in range(stack.reach, films[sample.path].frames)]
    edges = np.linspace(0, len(every), min(most, len(every)) + 1).astype(int)
    random = np.random.default_rng(0)
    places = [int(random.integers(first, last)) for first, last in itertools.pairwise(edges.tolist())]
    return [replace(every[place][0], frame=every[place][1]) for place in places]


def _cut(path: Path, wanted: Sequence[int], stack: FrameStack) -> Iterator[tuple[int, UInt8Array]]:
    """The stacks of a video that end at the frames `wanted`."""
    places = {last: range(last - stack.reach, last + 1, stack.step) for last in wanted}
    needed = {place for ones in places.values() for place in ones}
    frames = dict(_decoded(path, needed.__contains__, max(needed, default=-1)))
    for last, ones in places.items():
        if all(place in frames for place in ones):
            yield last, np.stack([frames[place] for place in ones])


def _decoded(path: Path, is_needed: Callable[[int], bool], last: int) -> Iterator[tuple[int, UInt8Array]]:
    capture = _opened(path)
    try:
        for place in range(last + 1):
            if not capture.grab():
                return
            if is_needed(place):
                _, frame = capture.retrieve()
                yield place, np.ascontiguousarray(frame[:, :, ::-1], dtype=np.uint8)
    finally:
        capture.release()


def _opened(path: Path) -> cv2.VideoCapture:
    capture = cv2.VideoCapture(str(path))
    if not capture.isOpened():
        raise DatasetError(f"{path} is broken or no video that can be read: {_AGAIN}")
    return capture
