"""Synthetic defects: spots, scratches, pits, stains and chips, of material from other pictures or changed light.

In the manner of CutPaste (Li et al., CVPR 2021) and DRAEM (Zavrtanik et al., ICCV 2021): they need not look like
real defects, they only have to show the student what the teacher says about things that are not normal.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from linewatch.compiler.teacher import BoolArray, FloatArray, UInt8Array

_NOMINAL_SIDE = 256
_MOST_DEFECTS = 5
_VISIBLE = 0.3

Shape = Callable[[FloatArray, "tuple[int, int]", float, np.random.Generator], None]
Fill = Callable[[FloatArray, FloatArray, np.random.Generator], FloatArray]


def add_defects(
    frame: UInt8Array, others: Sequence[UInt8Array], random: np.random.Generator
) -> tuple[UInt8Array, BoolArray]:
    """A copy of `frame` with one to five defects, and where they are (bool[H, W]).

    Args:
        frame: RGB uint8[H, W, 3].
        others: pictures to take material from; of any sizes, may hold `frame` itself.
        random: the only source of chance.
    """
    height, width = frame.shape[:2]
    out = frame.astype(np.float32)
    where = np.zeros((height, width), bool)
    for _ in range(int(random.integers(1, _MOST_DEFECTS + 1))):
        cover = defect_cover(height, width, random)
        other = others[int(random.integers(len(others)))]
        fill = FILLS[int(random.integers(len(FILLS)))]
        alpha = cover[..., None] * np.float32(random.uniform(0.25, 1))
        out = out * (1 - alpha) + fill(out, _material(other, height, width, random), random) * alpha
        where |= cover > _VISIBLE
    return out.clip(0, 255).round().astype(np.uint8), where


def defect_cover(height: int, width: int, random: np.random.Generator) -> FloatArray:
    """How much of each pixel one defect covers: float32[H, W], 0..1, with soft edges."""
    unit = min(height, width) / _NOMINAL_SIDE
    cover = np.zeros((height, width), np.float32)
    centre = (int(random.integers(width)), int(random.integers(height)))
    length = _between(2, 50, random) * unit
    SHAPES[int(random.integers(len(SHAPES)))](cover, centre, length, random)
    blurred = cv2.GaussianBlur(cover, (0, 0), _between(0.4, 1.5 * max(unit, 0.5), random))
    return np.asarray(blurred, np.float32)


def _spot(cover: FloatArray, centre: tuple[int, int], length: float, random: np.random.Generator) -> None:
    axes = (max(1, round(length)), max(1, round(length * random.uniform(0.2, 1))))
    cv2.ellipse(cover, centre, axes, float(random.uniform(0, 180)), 0, 360, 1.0, -1)


def _scratch(cover: FloatArray, centre: tuple[int, int], length: float, random: np.random.Generator) -> None:
    steps = int(random.integers(3, 12))
    angles = random.uniform(0, 2 * np.pi) + np.cumsum(random.normal(0, random.uniform(0.05, 0.5), steps))
    path = np.cumsum(length / 3 * np.stack([np.cos(angles), np.sin(angles)], axis=1), axis=0) + centre
    unit = min(cover.shape) / _NOMINAL_SIDE
    thickness = max(1, round(_between(0.8, 4 * unit, random)))
    cv2.polylines(cover, [np.vstack([centre, path]).astype(np.int32)], False, 1.0, thickness, cv2.LINE_AA)


def _pits(cover: FloatArray, centre: tuple[int, int], length: float, random: np.random.Generator) -> None:
    unit = min(cover.shape) / _NOMINAL_SIDE
    for _ in range(int(random.integers(2, 9))):
        place = (centre[0] + round(random.normal(0, length)), centre[1] + round(random.normal(0, length)))
        cv2.circle(cover, place, max(1, round(_between(0.6, 3 * unit, random))), 1.0, -1, cv2.LINE_AA)


def _stain(cover: FloatArray, centre: tuple[int, int], length: float, random: np.random.Generator) -> None:
    cells = int(random.integers(4, 24))
    noise = cv2.resize(random.random((cells, cells), np.float32), cover.shape[::-1], interpolation=cv2.INTER_CUBIC)
    cv2.circle(cover, centre, max(2, round(length * 1.5)), 1.0, -1)
    cover *= np.asarray(noise) > random.uniform(0.5, 0.75)


def _chip(cover: FloatArray, centre: tuple[int, int], length: float, random: np.random.Generator) -> None:
    angles = np.sort(random.uniform(0, 2 * np.pi, 6))
    radius = length * random.uniform(0.4, 1, 6)
    corners = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius[:, None] + centre
    cv2.fillPoly(cover, [corners.astype(np.int32)], 1.0)


def _paste(_picture: FloatArray, other: FloatArray, _random: np.random.Generator) -> FloatArray:
    return other


def _darker(picture: FloatArray, _other: FloatArray, random: np.random.Generator) -> FloatArray:
    return picture * np.float32(random.uniform(0.2, 0.8))


def _brighter(picture: FloatArray, _other: FloatArray, random: np.random.Generator) -> FloatArray:
    return picture * np.float32(random.uniform(1.1, 1.6)) + np.float32(random.uniform(0, 60))


def _paint(picture: FloatArray, _other: FloatArray, random: np.random.Generator) -> FloatArray:
    colour = random.uniform(0, 255, 3) if random.random() < 0.5 else np.full(3, random.uniform(0, 255))
    return np.broadcast_to(colour.astype(np.float32), picture.shape)


def _roughen(picture: FloatArray, _other: FloatArray, random: np.random.Generator) -> FloatArray:
    cells = int(random.integers(32, 256))
    noise = random.normal(0, 50, (cells, cells)).astype(np.float32)
    return picture + np.asarray(cv2.resize(noise, picture.shape[1::-1]), np.float32)[..., None]


SHAPES: tuple[Shape, ...] = (_spot, _scratch, _scratch, _pits, _stain, _chip)
FILLS: tuple[Fill, ...] = (_paste, _darker, _brighter, _paint, _roughen)


def _between(low: float, high: float, random: np.random.Generator) -> float:
    """A number of random magnitude; `low` where `high` is below it."""
    return float(np.exp(random.uniform(np.log(low), np.log(max(low, high)))))


def _material(other: UInt8Array, height: int, width: int, random: np.random.Generator) -> FloatArray:
    """Another picture in this size, shifted and perhaps turned upside down."""
    if other.shape[:2] != (height, width):
        other = np.asarray(cv2.resize(other, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    shift = (int(random.integers(height)), int(random.integers(width)))
    moved = np.roll(other, shift, axis=(0, 1))
    return (moved[::-1, ::-1] if random.random() < 0.5 else moved).astype(np.float32)
