"""The frames a student learns on: good ones, small variations of them, spoiled ones, and labelled defects."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from linewatch.compiler.pictures import LabelledPicture
from linewatch.compiler.teach.synthetic import add_defects
from linewatch.compiler.teacher import FloatArray, UInt8Array

_MOST_DEGREES = 6.0
_MOST_PIXELS = 10.0
_NOMINAL_SIDE = 256
_NORMAL_SHARE = 0.25
_VARIED_SHARE = 0.2
_LABELLED_SHARE = 0.4
"""Variations of labelled pictures, beside all other pictures."""

Marked = tuple[UInt8Array, "FloatArray | None"]
"""A frame, and how defective each of its pixels is, 0..1; None where nobody knows."""


def material_count(count: int, labelled: int) -> int:
    """How many frames `learning_material` makes."""
    return count + (round(count * _LABELLED_SHARE) if labelled else 0)


def learning_material(
    good: Sequence[UInt8Array], labelled: Sequence[LabelledPicture], count: int, seed: int
) -> Iterator[Marked]:
    """`count` frames made from the good ones, and more from the labelled ones; the same for the same seed.

    The good frames come first as they are, and again, some of them varied, until a quarter of `count` are normal;
    the rest have synthetic defects. Those are drawn on the frame, before it is made smaller: a scratch one pixel wide
    is to be as faint as a real one. Most frames keep their place, because a part that moved is strange everywhere,
    and defects would teach little. Last come variations of the labelled pictures.
    """
    random = np.random.default_rng(seed)
    normal = max(len(good), round(count * _NORMAL_SHARE))
    for index in range(count):
        yield _one(good, index, normal, random)
    for index in range(material_count(count, len(labelled)) - count):
        yield _labelled(labelled, index, random)


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
