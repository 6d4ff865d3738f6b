"""The pictures a student learns its teacher's features on: good ones, small variations of them, and spoiled ones."""

from collections.abc import Sequence

import cv2
import numpy as np

from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.teach.synthetic import add_defects
from linewatch.compiler.teacher import UInt8Array

_MOST_DEGREES = 6.0
_MOST_PIXELS = 10.0
_NOMINAL_SIDE = 256
_NORMAL_SHARE = 0.25
_VARIED_SHARE = 0.2


def learning_material(good: Sequence[UInt8Array], shrink: Shrink, count: int, seed: int) -> UInt8Array:
    """`count` pictures uint8[count, S, S, 3] made from the good frames, the same for the same seed.

    The good pictures come first as they are, and again, some of them varied, until a quarter of all are normal; the
    rest have synthetic defects. Those are drawn on the frame, before it is made smaller: a scratch one pixel wide is to
    be as faint as a real one. Most pictures keep their place, because a part that moved is strange everywhere, and
    defects would teach little.
    """
    random = np.random.default_rng(seed)
    normal = max(len(good), round(count * _NORMAL_SHARE))
    return np.concatenate([shrink([_one(good, index, normal, random)]) for index in range(count)])


def _one(good: Sequence[UInt8Array], index: int, normal: int, random: np.random.Generator) -> UInt8Array:
    frame = good[index % len(good)]
    if index < len(good):
        return frame
    if random.random() < _VARIED_SHARE:
        frame = vary(frame, random)
    return frame if index < normal else add_defects(frame, good, random)[0]


def vary(picture: UInt8Array, random: np.random.Generator) -> UInt8Array:
    """The picture turned, scaled, shifted and lit a little differently."""
    height, width = picture.shape[:2]
    turn, scale = random.uniform(-_MOST_DEGREES, _MOST_DEGREES), random.uniform(0.92, 1.12)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, scale)
    most = _MOST_PIXELS * min(height, width) / _NOMINAL_SIDE
    matrix[:, 2] = np.asarray(matrix[:, 2]) + random.uniform(-most, most, 2)
    moved = np.asarray(cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT))
    lit = moved.astype(np.float32) * np.float32(random.uniform(0.85, 1.15)) + np.float32(random.uniform(-12, 12))
    return lit.clip(0, 255).astype(np.uint8)
