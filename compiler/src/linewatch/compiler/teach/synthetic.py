"""Synthetic defects: a cover says where and how much, a fill says what is seen there.

In the manner of CutPaste (Li et al., CVPR 2021), DRAEM (Zavrtanik et al., ICCV 2021) and NSA (Schlueter et al., ECCV
2022): they need not look like real defects, they only have to show a student what is not normal.

Covers are spots, scratches, pits, chips, cut-out patches and structured noise. Fills are material of other pictures,
drawn textures, changed light, paint, grain, blur, the picture's surroundings (a part that is missing) and flat
material of the picture's own colours.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from linewatch.compiler.sample import painted, still
from linewatch.compiler.teacher import BoolArray, FloatArray, UInt8Array

_NOMINAL_SIDE = 256
_MOST_DEFECTS = 5
_TRIES = 8
_VISIBLE = 0.3
_LEAST_CHANGE = 3
"""Grey levels that can be seen at all."""
_OPAQUE_SHARE = 0.4
"""Of defects; the others let the picture shine through."""
_SHARP_SHARE = 0.3
"""Of defects; the others have soft edges."""

Cover = Callable[[FloatArray, "tuple[int, int]", float, np.random.Generator], None]
Fill = Callable[[FloatArray, FloatArray, float, np.random.Generator], FloatArray]


def add_defects(
    sample: UInt8Array, others: Sequence[UInt8Array], random: np.random.Generator
) -> tuple[UInt8Array, BoolArray]:
    """A copy of a sample with one to five defects, and where they are (bool[H, W]); in a stack they stay there.

    A pixel counts as defective where a defect covers it and changes it: black paint on black is none. Where nothing
    can be seen, other defects are tried, `_TRIES` times at most.

    Args:
        sample: RGB uint8[H, W, 3], or a stack of such frames.
        others: samples to take material from; of any sizes, may hold `sample` itself.
        random: the only source of chance.
    """
    frame = still(sample)
    for _ in range(_TRIES):
        spoiled, where = _spoil(frame, others, random)
        if where.any():
            break
    return painted(sample, spoiled, (spoiled != frame).any(2)), where


def spoiled_copies(frames: Sequence[UInt8Array], each: int, seed: int) -> list[UInt8Array]:
    """`each` copies of every frame with defects of their own, material coming from all of them; the same for a seed."""
    random = np.random.default_rng(seed)
    return [add_defects(frame, frames, random)[0] for frame in frames for _ in range(each)]


def _spoil(
    frame: UInt8Array, others: Sequence[UInt8Array], random: np.random.Generator
) -> tuple[UInt8Array, BoolArray]:
    height, width = frame.shape[:2]
    out = frame.astype(np.float32)
    covered = np.zeros((height, width), bool)
    for _ in range(int(random.integers(1, _MOST_DEFECTS + 1))):
        length = _between(2, 50, random) * min(height, width) / _NOMINAL_SIDE
        cover = defect_cover(height, width, length, random)
        other = _material(still(others[int(random.integers(len(others)))]), height, width, random)
        fill = FILLS[int(random.integers(len(FILLS)))]
        opacity = 1.0 if random.random() < _OPAQUE_SHARE else random.uniform(0.25, 1)
        alpha = cover[..., None] * np.float32(opacity)
        out = out * (1 - alpha) + fill(out, other, length, random) * alpha
        covered |= cover > _VISIBLE
    spoiled = out.clip(0, 255).round().astype(np.uint8)
    return spoiled, covered & _changed(frame, spoiled)


def defect_cover(height: int, width: int, length: float, random: np.random.Generator) -> FloatArray:
    """How much of each pixel one defect of about `length` pixels covers: float32[H, W], 0..1."""
    unit = min(height, width) / _NOMINAL_SIDE
    cover = np.zeros((height, width), np.float32)
    centre = (int(random.integers(width)), int(random.integers(height)))
    COVERS[int(random.integers(len(COVERS)))](cover, centre, length, random)
    if random.random() < _SHARP_SHARE:
        return cover
    return np.asarray(cv2.GaussianBlur(cover, (0, 0), _between(0.4, 1.5 * max(unit, 0.5), random)), np.float32)


def _changed(frame: UInt8Array, spoiled: UInt8Array) -> BoolArray:
    """Where a pixel and what lies around it is another than before, bool[H, W]."""
    difference = cv2.absdiff(frame, spoiled).max(axis=2)
    grown = np.asarray(cv2.dilate(difference, np.ones((3, 3), np.uint8)))
    return np.asarray(grown > _LEAST_CHANGE, bool)


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


def _noise(cover: FloatArray, centre: tuple[int, int], length: float, random: np.random.Generator) -> None:
    cells = int(random.integers(4, 24))
    noise = cv2.resize(random.random((cells, cells), np.float32), cover.shape[::-1], interpolation=cv2.INTER_CUBIC)
    cv2.circle(cover, centre, max(2, round(length * 1.5)), 1.0, -1)
    cover *= np.asarray(noise) > random.uniform(0.5, 0.75)


def _chip(cover: FloatArray, centre: tuple[int, int], length: float, random: np.random.Generator) -> None:
    angles = np.sort(random.uniform(0, 2 * np.pi, 6))
    radius = length * random.uniform(0.4, 1, 6)
    corners = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius[:, None] + centre
    cv2.fillPoly(cover, [corners.astype(np.int32)], 1.0)


def _patch(cover: FloatArray, centre: tuple[int, int], length: float, random: np.random.Generator) -> None:
    size = (2 * length * random.uniform(0.1, 1), 2 * length * random.uniform(0.1, 1))
    corners = cv2.boxPoints((centre, size, float(random.uniform(0, 90))))
    cv2.fillPoly(cover, [np.asarray(corners).astype(np.int32)], 1.0)


def _paste(_picture: FloatArray, other: FloatArray, _length: float, _random: np.random.Generator) -> FloatArray:
    return other


def _texture(picture: FloatArray, _other: FloatArray, length: float, random: np.random.Generator) -> FloatArray:
    """Waves in two directions, of two of the picture's colours."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    wave = np.zeros((height, width), np.float32)
    for _ in range(int(random.integers(1, 3))):
        angle, period = random.uniform(0, np.pi), _between(2, max(3, length), random)
        wave += np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period + random.uniform(0, 2 * np.pi))
    share = (wave > 0) if random.random() < 0.5 else 0.5 + 0.25 * wave
    mixed = np.asarray(share, np.float32)[..., None]
    return _own_colour(picture, random) * mixed + _own_colour(picture, random) * (1 - mixed)


def _darker(picture: FloatArray, _other: FloatArray, _length: float, random: np.random.Generator) -> FloatArray:
    return picture * np.float32(random.uniform(0.2, 0.8))


def _brighter(picture: FloatArray, _other: FloatArray, _length: float, random: np.random.Generator) -> FloatArray:
    return picture * np.float32(random.uniform(1.1, 1.6)) + np.float32(random.uniform(0, 60))


def _paint(picture: FloatArray, _other: FloatArray, _length: float, random: np.random.Generator) -> FloatArray:
    colour = random.uniform(0, 255, 3) if random.random() < 0.5 else np.full(3, random.uniform(0, 255))
    return np.broadcast_to(colour.astype(np.float32), picture.shape)


def _grain(picture: FloatArray, _other: FloatArray, _length: float, random: np.random.Generator) -> FloatArray:
    cells = int(random.integers(32, 256))
    noise = random.normal(0, 50, (cells, cells)).astype(np.float32)
    return picture + np.asarray(cv2.resize(noise, picture.shape[1::-1]), np.float32)[..., None]


def _blur(picture: FloatArray, _other: FloatArray, length: float, random: np.random.Generator) -> FloatArray:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), _between(1, max(2, length / 4), random)), np.float32)


def _missing(picture: FloatArray, _other: FloatArray, length: float, random: np.random.Generator) -> FloatArray:
    """What lies beside the defect, as if the part ended before it."""
    angle, away = random.uniform(0, 2 * np.pi), length * random.uniform(1, 3)
    shift = (round(away * np.sin(angle)), round(away * np.cos(angle)))
    return np.roll(picture, shift, axis=(0, 1))


def _flat(picture: FloatArray, _other: FloatArray, _length: float, random: np.random.Generator) -> FloatArray:
    return np.broadcast_to(_own_colour(picture, random), picture.shape)


COVERS: tuple[Cover, ...] = (_spot, _spot, _scratch, _scratch, _pits, _noise, _chip, _patch)
FILLS: tuple[Fill, ...] = (
    _paste,
    _paste,
    _texture,
    _darker,
    _darker,
    _brighter,
    _paint,
    _grain,
    _blur,
    _missing,
    _flat,
    _flat,
)


def _own_colour(picture: FloatArray, random: np.random.Generator) -> FloatArray:
    """The colour float32[3] of any pixel."""
    colour: FloatArray = picture[int(random.integers(picture.shape[0])), int(random.integers(picture.shape[1]))]
    return colour


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
