"""A teacher that learns in no time, and pictures of discs, good and bad, that it can tell apart."""

from collections.abc import Sequence

import cv2
import numpy as np

from linewatch.compiler.teacher import FloatArray, UInt8Array

SIZE = (96, 128)
GRID = (12, 16)
CHANNELS = 12


class BlurTeacher:
    """Blurred colours and edges of each patch, and how far they are from the mean of good pictures."""

    name = "blur"
    grid = GRID
    channels = CHANNELS
    threshold = 1.0

    def __init__(self, good: Sequence[UInt8Array]) -> None:
        raw = self._raw(good)
        self._mean, self._spread = raw.mean((0, 1, 2)), raw.std((0, 1, 2)) + 1e-3
        self._normal = self.features(good).mean(0)

    def features(self, frames: Sequence[UInt8Array]) -> FloatArray:
        return np.asarray((self._raw(frames) - self._mean) / self._spread, np.float32)

    def maps(self, frames: Sequence[UInt8Array]) -> FloatArray:
        return np.asarray(np.abs(self.features(frames) - self._normal).mean(-1), np.float32)

    def scores(self, frames: Sequence[UInt8Array]) -> FloatArray:
        return np.asarray(self.maps(frames).max((1, 2)), np.float32)

    def _raw(self, frames: Sequence[UInt8Array]) -> FloatArray:
        return np.stack([self._one(frame) for frame in frames])

    def _one(self, frame: UInt8Array) -> FloatArray:
        picture = cv2.resize(frame, SIZE[::-1]).astype(np.float32) / 255
        edges = [np.abs(cv2.Sobel(picture, -1, dx, 1 - dx)) for dx in (0, 1)]
        layers = np.concatenate([picture, picture**2, *edges], axis=2)
        return np.asarray(cv2.resize(layers, GRID[::-1], interpolation=cv2.INTER_AREA), np.float32)


def good(seed: int) -> UInt8Array:
    random = np.random.default_rng(seed)
    picture = np.full((96, 128, 3), random.integers(80, 140, 3), np.uint8)
    centre = (64 + int(random.integers(-8, 9)), 48 + int(random.integers(-6, 7)))
    cv2.circle(picture, centre, int(random.integers(24, 36)), (180, 175, 170), -1)
    noisy = picture + random.normal(0, random.uniform(2, 8), picture.shape) + random.normal(0, 6)
    return noisy.clip(0, 255).astype(np.uint8)


def bad(seed: int) -> UInt8Array:
    random, picture = np.random.default_rng(seed), good(seed)
    centre = (int(random.integers(45, 83)), int(random.integers(30, 66)))
    cv2.circle(picture, centre, 9, (30, 20, 20), -1)
    return picture
