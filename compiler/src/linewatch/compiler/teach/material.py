"""The pictures a student learns on: good ones, small variations of them, spoiled ones, and labelled defects."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.pictures import LabelledPicture
from linewatch.compiler.student.shape import GRID_PIXELS
from linewatch.compiler.teach.synthetic import add_defects
from linewatch.compiler.teacher import BoolArray, FloatArray, UInt8Array

_MOST_DEGREES = 6.0
_MOST_PIXELS = 10.0
_NOMINAL_SIDE = 256
_NORMAL_SHARE = 0.25
_VARIED_SHARE = 0.2
_LABELLED_SHARE = 0.4
"""Variations of labelled pictures, beside all other pictures."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """Pictures uint8[N, H, W, 3], of which the first `good` are the good ones as they are.

    `covers` float16[N, h, w] is how much of each cell is defective, 0..1; NaN where a picture is known to be defective
    and nobody drew where.
    """

    pictures: UInt8Array
    covers: npt.NDArray[np.float16]
    good: int


def learning_material(
    good: Sequence[UInt8Array], labelled: Sequence[LabelledPicture], shrink: Shrink, count: int, seed: int
) -> Material:
    """`count` pictures made from the good frames, and more from the labelled ones; the same for the same seed.

    The good pictures come first as they are, and again, some of them varied, until a quarter of `count` are normal;
    the rest have synthetic defects. Those are drawn on the frame, before it is made smaller: a scratch one pixel wide
    is to be as faint as a real one. Most pictures keep their place, because a part that moved is strange everywhere,
    and defects would teach little. Last come variations of the labelled pictures.
    """
    random = np.random.default_rng(seed)
    normal = max(len(good), round(count * _NORMAL_SHARE))
    made = [_one(good, index, normal, random) for index in range(count)]
    if labelled:
        made += [_labelled(labelled, index, random) for index in range(round(count * _LABELLED_SHARE))]
    grid = (shrink.size[0] // GRID_PIXELS, shrink.size[1] // GRID_PIXELS)
    return Material(
        pictures=np.concatenate([shrink([frame]) for frame, _ in made]),
        covers=np.stack([_cells(mask, grid) for _, mask in made]),
        good=len(good),
    )


Marked = tuple[UInt8Array, "FloatArray | None"]
"""A frame, and how defective each of its pixels is, 0..1; None where nobody knows."""


def _one(good: Sequence[UInt8Array], index: int, normal: int, random: np.random.Generator) -> Marked:
    frame = good[index % len(good)]
    if index >= len(good) and random.random() < _VARIED_SHARE:
        frame, _ = vary(frame, None, random)
    if index < normal:
        return frame, np.zeros(frame.shape[:2], np.float32)
    spoiled, where = add_defects(frame, good, random)
    return spoiled, where.astype(np.float32)


def _labelled(labelled: Sequence[LabelledPicture], index: int, random: np.random.Generator) -> Marked:
    picture = labelled[index % len(labelled)]
    mask = None if picture.mask is None else picture.mask.astype(np.float32)
    return (picture.frame, mask) if index < len(labelled) else vary(picture.frame, mask, random)


def vary(picture: UInt8Array, mask: FloatArray | None, random: np.random.Generator) -> Marked:
    """The picture, and the mask with it, turned, scaled, shifted and lit a little differently."""
    height, width = picture.shape[:2]
    turn, scale = random.uniform(-_MOST_DEGREES, _MOST_DEGREES), random.uniform(0.92, 1.12)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, scale)
    most = _MOST_PIXELS * min(height, width) / _NOMINAL_SIDE
    matrix[:, 2] = np.asarray(matrix[:, 2]) + random.uniform(-most, most, 2)
    moved = np.asarray(cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT))
    lit = moved.astype(np.float32) * np.float32(random.uniform(0.85, 1.15)) + np.float32(random.uniform(-12, 12))
    if mask is not None:
        moved_mask = cv2.warpAffine(mask, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
        mask = np.asarray(moved_mask, np.float32)
    return lit.clip(0, 255).astype(np.uint8), mask


def _cells(mask: FloatArray | BoolArray | None, grid: tuple[int, int]) -> npt.NDArray[np.float16]:
    if mask is None:
        return np.full(grid, np.nan, np.float16)
    return np.asarray(cv2.resize(mask.astype(np.float32), grid[::-1], interpolation=cv2.INTER_AREA), np.float16)
