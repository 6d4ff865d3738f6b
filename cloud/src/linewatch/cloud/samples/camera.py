"""What a camera makes of a scene: lens, exposure, colour and noise."""

import cv2
import numpy as np

from linewatch.compiler.teacher import FloatArray, UInt8Array

HEIGHT, WIDTH = 512, 640
"""Pixels of a frame."""

_COLOUR = np.array([1.0, 0.985, 0.95], np.float32)
_READ_NOISE, _SHOT_NOISE = 1.2, 0.16
"""Deviation of the noise in grey values: in the dark, and more for each root of a grey value."""


class Camera:
    """One camera above the line; every frame has its own noise and a slightly different exposure."""

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random
        rows, columns = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
        falloff = 1 - 0.13 * (rows**2 + columns**2) / 2
        self._gain = (255 * falloff[:, :, None] * _COLOUR).astype(np.float32)
        self._noise = random.standard_normal((HEIGHT + 64, WIDTH + 64, 3), dtype=np.float32)

    def expose(self, scene: FloatArray) -> UInt8Array:
        """RGB uint8[512, 640, 3] of a scene float32[512, 640, 3] with brightness 0..1."""
        exposure = np.float32(self._random.normal(1.0, 0.015))
        light = np.asarray(cv2.GaussianBlur(scene, (0, 0), 0.7), dtype=np.float32)
        light *= self._gain * exposure
        noise = np.sqrt(light)
        noise *= _SHOT_NOISE
        noise += _READ_NOISE
        noise *= self._grain()
        light += noise
        return np.clip(light, 0, 255, out=light).astype(np.uint8)

    def _grain(self) -> FloatArray:
        """A window into the one field of noise that was drawn; drawing anew for every frame would be slow."""
        top, left = self._random.integers(0, 64, 2)
        return self._noise[top : top + HEIGHT, left : left + WIDTH]
