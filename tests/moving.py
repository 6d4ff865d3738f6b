"""A fixed camera that looks at a belt: stacks of frames of its usual run, and of what only motion tells."""

import cv2
import numpy as np

from linewatch.compiler.teacher import UInt8Array

SIZE = (96, 128)
FRAMES, SPEED = 3, 2.0
LENGTH = 512


def _belt() -> UInt8Array:
    random = np.random.default_rng(7)
    belt = cv2.GaussianBlur(random.normal(120, 60, (40, LENGTH, 3)).astype(np.float32), (0, 0), 2)
    for at in range(16, LENGTH, 32):
        cv2.circle(belt, (at, 20), 9, (190.0, 185.0, 170.0), -1)
    return np.asarray(belt.clip(0, 255), np.uint8)


BELT = _belt()


def stack(seed: int, speed: float = SPEED, frames: int = FRAMES) -> UInt8Array:
    """uint8[T, 96, 128, 3]: the belt runs right, `speed` pixels a frame, from a place of its own; with noise."""
    random = np.random.default_rng(seed)
    place = random.uniform(0, LENGTH)
    return np.stack([_frame(place + speed * turn, random) for turn in range(frames)])


def _frame(place: float, random: np.random.Generator) -> UInt8Array:
    columns = np.arange(SIZE[1]) - place
    whole = np.floor(columns).astype(int)
    share = (columns - whole)[:, None]
    seen = BELT[:, whole % LENGTH] * (1 - share) + BELT[:, (whole + 1) % LENGTH] * share
    frame = np.full((*SIZE, 3), 70.0)
    frame[28:68] = seen
    return np.asarray((frame + random.normal(0, 2, frame.shape)).clip(0, 255), np.uint8)


def film(frames: int, seed: int = 0, speed: float = SPEED) -> UInt8Array:
    """uint8[N, 96, 128, 3]: one long stack."""
    return stack(seed, speed, frames)
