"""Draws one part: a turned steel flange with a hub, a bore, bevels and countersunk bolt holes."""

from dataclasses import dataclass

import numpy as np

from linewatch.cloud.samples.canvas import (
    BOLT,
    BORE,
    COUNTERSINK,
    HUB,
    OUTER,
    Canvas,
    blank,
    bolt_centres,
    edge,
)
from linewatch.cloud.samples.defects import PAINTERS
from linewatch.cloud.samples.surface import soft_noise, turned_steel
from linewatch.compiler.teacher import BoolArray, FloatArray

GOOD = "good"
KINDS = tuple(sorted(PAINTERS))
"""The defects that a part can have."""

SMALLEST_DEFECT = 90
"""Pixels that a defect has at least; one that fell into a hole is drawn again beside it."""

_LIGHT = np.deg2rad(-125.0)
"""Where the lamp stands, as a direction in the picture; above and to the left."""

_SEAT, _PLAY = 0.2, 0.02
"""Radians: how parts are turned by the pin that they sit on, and how much play it leaves."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A drawn part; S is `canvas.SIDE`."""

    kind: str
    colour: FloatArray
    """float32[S, S, 3], 0..1."""
    cover: FloatArray
    """float32[S, S]: 1 where it hides what is below."""
    defect: BoolArray
    """bool[S, S]: where the defect is."""


def draw_part(random: np.random.Generator, kind: str = GOOD) -> Part:
    """A part as its pin holds it, with its own grooves, and the defect `kind` where it is not `good`."""
    turned = float(random.normal(_SEAT, _PLAY))
    canvas = blank(turned)
    columns, rows = canvas.grid()
    radius = np.hypot(columns, rows).astype(np.float32)
    angle = np.arctan2(rows, columns).astype(np.float32)
    canvas.colour += _steel(random, radius, angle)
    canvas.cover += np.minimum(edge(OUTER - radius), edge(radius - BORE))
    _bevel(canvas, edge(radius - (OUTER - 7)), angle, rising=True)
    _bevel(canvas, edge(BORE + 6 - radius), angle, rising=False)
    _step(canvas, radius, angle)
    for centre in bolt_centres(turned):
        _drill(canvas.window(*centre, half=int(COUNTERSINK) + 3), centre)
    while kind != GOOD and canvas.defect.sum() < SMALLEST_DEFECT:
        PAINTERS[kind](random, canvas)
    return Part(kind=kind, colour=canvas.colour, cover=canvas.cover, defect=canvas.defect)


def _steel(random: np.random.Generator, radius: FloatArray, angle: FloatArray) -> FloatArray:
    """Grooves around the axis mirror a lamp as two opposite fans."""
    fan = np.abs(np.cos(angle - _LIGHT + random.normal(0, 0.03)))
    glow = 0.26 * fan**6 + 0.10 * np.abs(np.cos(angle - _LIGHT - 1.1)) ** 8
    grooves = turned_steel(random, radius, angle)
    patina = soft_noise(random, radius.shape, across=40, down=40)
    light = (0.46 * random.normal(1, 0.02) + glow) * (1 + 0.045 * grooves + 0.012 * patina)
    light = np.where(radius < HUB, light * 1.06, light)
    return np.asarray(light[:, :, None] * np.array([0.99, 1.0, 1.01]), dtype=np.float32)


def _bevel(canvas: Canvas, where: FloatArray, angle: FloatArray, *, rising: bool) -> None:
    facing = np.cos(angle - _LIGHT) * (1 if rising else -1)
    light = np.asarray(0.52 + 0.34 * facing, dtype=np.float32)
    canvas.lighten(where * np.float32(0.9), light)


def _step(canvas: Canvas, radius: FloatArray, angle: FloatArray) -> None:
    """The shoulder of the hub: a line that is bright towards the lamp and dark behind."""
    line = np.exp(-(((radius - HUB) / 1.6) ** 2))
    canvas.shade(np.asarray(1 + line * (0.30 * np.cos(angle - _LIGHT) - 0.12), dtype=np.float32))


def _drill(canvas: Canvas, centre: tuple[float, float]) -> None:
    columns, rows = canvas.grid()
    x, y = columns - centre[0], rows - centre[1]
    distance = np.hypot(x, y).astype(np.float32)
    _bevel(canvas, edge(COUNTERSINK - distance), np.arctan2(y, x).astype(np.float32), rising=False)
    canvas.remove(edge(BOLT - distance))
