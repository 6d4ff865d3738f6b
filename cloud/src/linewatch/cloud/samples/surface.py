"""Surfaces: the rubber of the belt and the turned steel of a part, as brightness around 0."""

import cv2
import numpy as np

from linewatch.compiler.teacher import FloatArray


def soft_noise(random: np.random.Generator, shape: tuple[int, int], across: float, down: float) -> FloatArray:
    """float32[H, W] noise with deviation 1, smooth over about `across` columns and `down` rows; wraps around.

    Args:
        random: where it comes from.
        shape: (H, W) in pixels.
        across: deviation of the Gaussian that smooths along a row, in pixels; 0 for none.
        down: the same along a column.
    """
    step_x, step_y = max(1, int(across / 3)), max(1, int(down / 3))
    margin_x, margin_y = int(3 * across) // step_x + 2, int(3 * down) // step_y + 2
    coarse = (-(-shape[0] // step_y), -(-shape[1] // step_x))
    noise = random.standard_normal(coarse, dtype=np.float32)
    padded = np.pad(noise, ((margin_y, margin_y), (margin_x, margin_x)), mode="wrap")
    sigmas = max(across / step_x, 0.01), max(down / step_y, 0.01)
    smooth = cv2.GaussianBlur(padded, (0, 0), sigmaX=sigmas[0], sigmaY=sigmas[1])
    inner = smooth[margin_y : margin_y + coarse[0], margin_x : margin_x + coarse[1]]
    full = cv2.resize(inner, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray((full - full.mean()) / full.std(), dtype=np.float32)


def rubber(random: np.random.Generator, height: int, length: int) -> FloatArray:
    """float32[H, L, 3] of a woven, worn rubber belt, brightness 0..1; its ends fit together."""
    rows, columns = np.mgrid[0:height, 0:length].astype(np.float32)
    period = length / round(length / 9)
    weave = np.sin(2 * np.pi * columns / period) * np.sin(2 * np.pi * rows / 9)
    wear = soft_noise(random, (height, length), across=60, down=14)
    grain = soft_noise(random, (height, length), across=0.8, down=0.8)
    light = 0.185 + 0.016 * weave + 0.012 * wear + 0.010 * grain
    return np.asarray(light[:, :, None] * np.array([0.93, 1.0, 0.98]), dtype=np.float32)


def turned_steel(random: np.random.Generator, radius: FloatArray, angle: FloatArray) -> FloatArray:
    """float32[S, S] of the grooves that a lathe leaves: fine across the radius, long around the axis.

    Args:
        random: where the grooves come from.
        radius: distance of every pixel from the axis, in pixels.
        angle: direction of every pixel from the axis, in radians.
    """
    turns, depth = 512, int(np.ceil(radius.max())) + 2
    fine = soft_noise(random, (turns, depth), across=0.6, down=45)
    coarse = soft_noise(random, (turns, depth), across=5, down=90)
    grooves = 0.75 * fine + 0.5 * coarse
    rows = ((angle / (2 * np.pi)) % 1 * turns).astype(np.float32)
    return cv2.remap(grooves, radius, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP).astype(np.float32)
