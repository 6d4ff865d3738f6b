"""The line: a belt that carries parts past the camera."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from linewatch.cloud.samples.camera import HEIGHT, WIDTH
from linewatch.cloud.samples.canvas import SIDE
from linewatch.cloud.samples.part import Part
from linewatch.cloud.samples.surface import rubber
from linewatch.compiler.teacher import BoolArray, FloatArray

BELT_LENGTH = 2048
"""Pixels after which the belt repeats."""

Window: TypeAlias = tuple[slice, slice]

_REACH = SIDE // 2 + 24
"""Pixels around its axis that a part and its shadow can touch."""

_SHADOW = np.array([[0, 0, 6], [0, 0, 9]], np.float64)
"""How far the shadow is moved away from the lamp."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A part on the belt; `x` and `y` are where its axis lies, in pixels of the belt."""

    part: Part
    x: float
    y: float

    def moved(self, x: float) -> "Placed":
        """The same part `x` pixels further along the belt."""
        return replace(self, x=self.x + x)


class Line:
    """A belt with parts on it. The camera sees `WIDTH` pixels of it at a time."""

    def __init__(self, random: np.random.Generator, placed: Sequence[Placed] = ()) -> None:
        self._belt = rubber(random, HEIGHT, BELT_LENGTH)
        self._belt = np.concatenate([self._belt, self._belt[:, :WIDTH]], axis=1)
        self.placed = tuple(placed)

    def view(self, offset: float) -> tuple[FloatArray, BoolArray]:
        """What lies below the camera when its left edge is at `offset` pixels of the belt.

        Returns:
            The scene float32[512, 640, 3], brightness 0..1, and the mask bool[512, 640] of its defects.
        """
        start = round(offset) % BELT_LENGTH
        scene = self._belt[:, start : start + WIDTH].copy()
        mask = np.zeros((HEIGHT, WIDTH), np.bool_)
        for placed in self.placed:
            _lay(scene, mask, placed.part, placed.x - offset, placed.y)
        return scene, mask


def _lay(scene: FloatArray, mask: BoolArray, part: Part, x: float, y: float) -> None:
    """Blend `part` with its shadow into the scene, its axis at (x, y)."""
    left, top = int(np.floor(x)) - _REACH, int(np.floor(y)) - _REACH
    target, source = _overlap(left, top)
    if target is None:
        return
    shift = np.array([[1, 0, x - left - (SIDE - 1) / 2], [0, 1, y - top - (SIDE - 1) / 2]], np.float64)
    cover = _moved(part.cover, shift)[source][:, :, None]
    shadow = cv2.GaussianBlur(_moved(part.cover, shift + _SHADOW), (0, 0), 7)[source][:, :, None]
    below = scene[target] * (1 - 0.55 * shadow)
    scene[target] = below + cover * (_moved(part.colour, shift)[source] - below)
    if part.defect.any():
        mask[target] |= _moved(part.defect.astype(np.float32), shift)[source] >= 0.5


def _overlap(left: int, top: int) -> tuple[Window | None, Window]:
    """The pixels of the frame that a square at (left, top) covers, and the same pixels in the square."""
    x0, x1 = max(left, 0), min(left + 2 * _REACH, WIDTH)
    y0, y1 = max(top, 0), min(top + 2 * _REACH, HEIGHT)
    source = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    inside = x0 < x1 and y0 < y1
    return (slice(y0, y1), slice(x0, x1)) if inside else None, source


def _moved(picture: FloatArray, shift: npt.NDArray[np.float64]) -> FloatArray:
    return np.asarray(cv2.warpAffine(picture, shift, (2 * _REACH, 2 * _REACH)), dtype=np.float32)
