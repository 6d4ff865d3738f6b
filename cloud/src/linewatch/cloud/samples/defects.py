"""Draws defects on a part: each painter changes the picture and marks the pixels that it changed."""

from collections.abc import Callable, Mapping

import cv2
import numpy as np
import numpy.typing as npt

from linewatch.cloud.samples.canvas import HUB, OUTER, SIDE, Canvas, bolt_centres, edge
from linewatch.cloud.samples.surface import soft_noise
from linewatch.compiler.teacher import FloatArray

_VISIBLE = 0.25
"""Share of an effect from which a pixel counts as defective."""

_FRACTION_BITS = 4

Points = npt.NDArray[np.float64]


def scratch(random: np.random.Generator, canvas: Canvas) -> None:
    """A curved groove with a bright burr along one side."""
    start = _polar(random.uniform(HUB + 15, OUTER - 25), random.uniform(0, 2 * np.pi))
    heading = random.uniform(0, 2 * np.pi)
    steps = np.linspace(0, 1, 24)
    length, bend = random.uniform(45, 110), random.uniform(-0.9, 0.9)
    directions = heading + bend * steps
    moves = np.stack([np.cos(directions), np.sin(directions)], axis=1) * length / len(steps)
    path = start + np.cumsum(moves, axis=0)
    groove = _stroke(path, random.uniform(1.4, 2.6)) * canvas.cover
    burr = _stroke(path + 1.6, 1.2) * canvas.cover
    strength = random.uniform(0.35, 0.6)
    canvas.tint(np.asarray(burr * strength, np.float32), (0.95, 0.95, 0.95))
    canvas.tint(np.asarray(groove * strength, np.float32), (0.16, 0.16, 0.17))
    _mark(canvas, np.maximum(groove, burr))


def chip(random: np.random.Generator, canvas: Canvas) -> None:
    """A piece broken out of the rim, with a bright fracture around it."""
    columns, rows = canvas.grid()
    centre = _polar(OUTER + random.uniform(0, 7), random.uniform(0, 2 * np.pi))
    ragged = 3.0 * soft_noise(random, (SIDE, SIDE), across=4, down=4)
    size = random.uniform(13, 24)
    distance = np.asarray(size - np.hypot(columns - centre[0], rows - centre[1]) + ragged, dtype=np.float32)
    gone = edge(distance) * canvas.cover
    fracture = edge(distance + random.uniform(3, 6), softness=1.5) * canvas.cover
    canvas.tint(np.asarray(fracture * 0.7, np.float32), (0.72, 0.71, 0.69))
    _mark(canvas, fracture)
    canvas.remove(gone)


def stain(random: np.random.Generator, canvas: Canvas) -> None:
    """A film of oil: darker, brownish, with a soft and uneven edge."""
    columns, rows = canvas.grid()
    centre = _polar(random.uniform(HUB + 5, OUTER - 25), random.uniform(0, 2 * np.pi))
    uneven = 7.0 * soft_noise(random, (SIDE, SIDE), across=9, down=9)
    wide, high = random.uniform(16, 32), random.uniform(12, 24)
    reach = np.hypot((columns - centre[0]) / wide, (rows - centre[1]) / high)
    film = edge(np.asarray((1 - reach) * min(wide, high) + uneven, np.float32), softness=4) * canvas.cover
    strength = random.uniform(0.22, 0.42)
    canvas.tint(np.asarray(film * strength, np.float32), (0.22, 0.17, 0.10))
    _mark(canvas, film)


def pit(random: np.random.Generator, canvas: Canvas) -> None:
    """A group of small round holes, dark with a bright lower lip."""
    columns, rows = canvas.grid()
    group = _polar(random.uniform(HUB + 8, OUTER - 22), random.uniform(0, 2 * np.pi))
    for _ in range(int(random.integers(2, 6))):
        x, y = group + random.normal(0, 11, 2)
        size = random.uniform(2.2, 4.8)
        hole = edge(np.asarray(size - np.hypot(columns - x, rows - y), np.float32)) * canvas.cover
        lip = edge(np.asarray(size + 0.8 - np.hypot(columns - x - 1, rows - y - 1.4), np.float32)) * canvas.cover
        canvas.tint(np.asarray(lip * 0.45, np.float32), (0.9, 0.9, 0.9))
        canvas.tint(np.asarray(hole * 0.8, np.float32), (0.10, 0.10, 0.10))
        _mark(canvas, np.maximum(hole, lip))


def crack(random: np.random.Generator, canvas: Canvas) -> None:
    """A thin jagged dark line from a bolt hole towards the rim or the bore."""
    x, y = bolt_centres(canvas.turned)[int(random.integers(6))]
    outward = np.arctan2(y, x)
    heading = outward + (0.0 if random.random() < 0.5 else np.pi) + random.normal(0, 0.35)
    turns = heading + np.cumsum(random.normal(0, 0.28, 20)) * 0.6 + random.normal(0, 0.35, 20)
    moves = np.stack([np.cos(turns), np.sin(turns)], axis=1) * random.uniform(2.6, 3.8)
    path = np.array([x, y]) + np.array([np.cos(heading), np.sin(heading)]) * 11 + np.cumsum(moves, axis=0)
    line = _stroke(path, random.uniform(1.0, 1.7)) * canvas.cover
    canvas.tint(np.asarray(line * random.uniform(0.6, 0.8), np.float32), (0.08, 0.08, 0.08))
    _mark(canvas, line)


PAINTERS: Mapping[str, Callable[[np.random.Generator, Canvas], None]] = {
    "chip": chip,
    "crack": crack,
    "pit": pit,
    "scratch": scratch,
    "stain": stain,
}


def _polar(radius: float, angle: float) -> Points:
    return np.array([radius * np.cos(angle), radius * np.sin(angle)])


def _stroke(path: Points, width: float) -> FloatArray:
    """float32[S, S] of a smooth line along `path` [K, 2], about `width` pixels wide."""
    ink = np.zeros((SIDE, SIDE), np.uint8)
    points = np.round((path + (SIDE - 1) / 2) * (1 << _FRACTION_BITS)).astype(np.int32)
    thickness = max(1, round(width))
    cv2.polylines(ink, [points], False, 255, thickness, cv2.LINE_AA, _FRACTION_BITS)
    soft = cv2.GaussianBlur(ink, (0, 0), 0.4 + 0.2 * width)
    return np.asarray(soft / 255, dtype=np.float32)


def _mark(canvas: Canvas, effect: npt.NDArray[np.floating]) -> None:
    canvas.defect |= effect > _VISIBLE
