"""How well a detector tells good pictures from defective ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from linewatch.compiler.pictures import TestPicture
from linewatch.compiler.prove import metrics
from linewatch.compiler.teach.synthetic import add_defects
from linewatch.compiler.teacher import BoolArray, FloatArray, UInt8Array

_MASK_SIDE = 128


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """`image_auroc`, and `pixel_auroc` where masks exist; `normal` and `defective` hold the scores."""

    image_auroc: float
    pixel_auroc: float | None
    normal: FloatArray
    defective: FloatArray


def judged_pictures(
    test: Sequence[TestPicture], held: Sequence[UInt8Array], seed: int
) -> tuple[tuple[TestPicture, ...], bool]:
    """The pictures that accuracy is measured on, and whether they are real.

    Without both good and defective test pictures, the held-back good ones and synthetic defects on them are used.
    """
    if {picture.defective for picture in test} == {True, False}:
        return tuple(test), True
    random = np.random.default_rng(seed)
    made = [
        TestPicture(frame=frame, defective=False, name=f"held back {number}") for number, frame in enumerate(held, 1)
    ]
    for number, frame in enumerate(held, 1):
        spoiled, where = add_defects(frame, held, random)
        made.append(TestPicture(frame=spoiled, defective=True, mask=where, name=f"spoiled {number}"))
    return tuple(made), False


def accuracy(pictures: Sequence[TestPicture], scores: FloatArray, maps: FloatArray) -> Accuracy:
    """Measure scores [N] and maps [N, h, w] of one detector."""
    defective = np.array([picture.defective for picture in pictures])
    return Accuracy(
        image_auroc=metrics.auroc(scores[~defective], scores[defective]),
        pixel_auroc=_pixel_auroc(pictures, maps),
        normal=scores[~defective],
        defective=scores[defective],
    )


def _pixel_auroc(pictures: Sequence[TestPicture], maps: FloatArray) -> float | None:
    """Over the pictures whose defects are drawn and the good ones, all brought to 128 x 128."""
    chosen = [index for index, picture in enumerate(pictures) if not picture.defective or picture.mask is not None]
    masks = [_mask(pictures[index]) for index in chosen]
    if not any(mask.any() for mask in masks):
        return None
    resized = [np.asarray(cv2.resize(maps[index], (_MASK_SIDE, _MASK_SIDE)), np.float32) for index in chosen]
    return metrics.pixel_auroc(resized, masks)


def _mask(picture: TestPicture) -> BoolArray:
    if picture.mask is None:
        return np.zeros((_MASK_SIDE, _MASK_SIDE), bool)
    covered = cv2.resize(picture.mask.astype(np.float32), (_MASK_SIDE, _MASK_SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(covered) > 0
