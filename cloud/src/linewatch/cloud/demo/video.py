"""Turns test pictures into a video of parts: each picture stands in front of the camera for some frames."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from linewatch.cloud.demo.showing import Showing
from linewatch.cloud.samples.encoder import twofold_video
from linewatch.cloud.training.progress import Progress, silent

FRAMES_PER_PART = 20
PARTS = 100
MOST_DEFECTIVE = 12
_NOISE = 1.5

Picture = NDArray[np.uint8]
ItemT = TypeVar("ItemT")


def line_up(good: Sequence[ItemT], bad: Sequence[tuple[ItemT, str]], seed: int) -> list[tuple[ItemT, str]]:
    """A line of `PARTS` parts, few of them defective and never two of those in a row.

    Returns pairs of a part and its defect (empty for good ones).
    """
    order = random.Random(seed)  # noqa: S311 (a shuffle, no secret)
    chosen = order.sample(list(bad), min(len(bad), MOST_DEFECTIVE))
    line = [(order.choice(list(good)), "") for _ in range(PARTS)]
    places = order.sample(range(1, PARTS, 2), len(chosen))
    for place, (part, defect) in zip(sorted(places), chosen, strict=True):
        line[place] = (part, defect)
    return line


def write_parts_video(
    path: Path,
    pictures: Sequence[tuple[Picture, str]],
    *,
    frames_per_second: int,
    seed: int,
    progress: Progress = silent,
) -> list[Showing]:
    """Write a video in which each of `pictures` stands for `FRAMES_PER_PART` frames.

    `pictures` are pairs of RGB uint8[H, W, 3] and the defect. All frames have the size of the first picture, cut to
    even sides; a little sensor noise keeps frames apart.
    Returns what the video shows.

    Raises:
        CloudError: see `twofold_video`.
    """
    height, width = (side - side % 2 for side in pictures[0][0].shape[:2])
    noise = np.random.default_rng(seed)
    showings: list[Showing] = []
    with twofold_video(path, width=width, height=height, frames_per_second=frames_per_second) as video:
        for number, (picture, defect) in enumerate(pictures):
            progress("writing the video", number, len(pictures))
            first = number * FRAMES_PER_PART
            showings.append(Showing(first=first, last=first + FRAMES_PER_PART - 1, defect=defect))
            for pixels in _frames(np.asarray(cv2.resize(picture, (width, height)), dtype=np.uint8), noise):
                video.write(pixels)
    progress("writing the video", len(pictures), len(pictures))
    return showings


def _frames(picture: Picture, noise: np.random.Generator) -> Iterator[Picture]:
    for _ in range(FRAMES_PER_PART):
        grain = noise.normal(0.0, _NOISE, picture.shape[:2]).astype(np.float32)[..., None]
        yield np.clip(picture + grain, 0, 255).astype(np.uint8)
