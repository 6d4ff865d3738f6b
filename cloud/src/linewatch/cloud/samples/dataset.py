"""Writes sample pictures in the MVTec-AD layout, masks included."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from linewatch.cloud.errors import CloudError
from linewatch.cloud.samples.camera import Camera
from linewatch.cloud.samples.line import BELT_LENGTH, Line
from linewatch.cloud.samples.part import GOOD, KINDS, draw_part
from linewatch.cloud.samples.station import place
from linewatch.cloud.training.progress import Progress, silent
from linewatch.compiler.teacher import BoolArray, UInt8Array


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many pictures a sample dataset has; of each kind of defect, those to judge and those to learn from."""

    train_good: int = 200
    test_good: int = 32
    each_defect: int = 8
    each_labelled: int = 0

    @property
    def total(self) -> int:
        """All pictures together."""
        return self.train_good + self.test_good + (self.each_defect + self.each_labelled) * len(KINDS)


@dataclass(frozen=True, kw_only=True)
class _Shot:
    folder: str
    index: int
    kind: str


def write_dataset(
    folder: Path,
    seed: int = 0,
    counts: Counts = Counts(),
    progress: Progress = silent,
) -> Path:
    """Draw a dataset of flanges on a belt into `folder`: 640 x 512 RGB pictures, the same for the same seed.

    Each shows a part below the camera; defective ones have one defect.

    Raises:
        CloudError: `folder` holds something already, or cannot be written.
    """
    if folder.exists() and any(folder.iterdir()):
        raise CloudError(f"{folder} is not empty: give a new folder for the sample pictures")
    random = np.random.default_rng(seed)
    camera, line = Camera(random), Line(random)
    for done, shot in enumerate(_shots(counts)):
        progress("drawing pictures", done, counts.total)
        picture, mask = _take(random, camera, line, shot)
        _write(folder / shot.folder / shot.kind / f"{shot.index:03d}.png", picture[:, :, ::-1])
        if mask.any():
            _write(folder / "ground_truth" / shot.kind / f"{shot.index:03d}_mask.png", mask.astype(np.uint8) * 255)
    progress("drawing pictures", counts.total, counts.total)
    return folder


def _shots(counts: Counts) -> Iterator[_Shot]:
    for index in range(counts.train_good):
        yield _Shot(folder="train", index=index, kind=GOOD)
    for kind, count in [(GOOD, counts.test_good), *((kind, counts.each_defect) for kind in KINDS)]:
        for index in range(count):
            yield _Shot(folder="test", index=index, kind=kind)
    for kind in KINDS:
        for index in range(counts.each_defect, counts.each_defect + counts.each_labelled):
            yield _Shot(folder="train", index=index, kind=kind)


def _take(random: np.random.Generator, camera: Camera, line: Line, shot: _Shot) -> tuple[UInt8Array, BoolArray]:
    first = int(random.integers(BELT_LENGTH))
    line.placed = (place(random, draw_part(random, shot.kind), 0).moved(first),)
    scene, mask = line.view(first)
    return camera.expose(scene), mask


def _write(path: Path, pixels: UInt8Array) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _, encoded = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    path.write_bytes(encoded.tobytes())
