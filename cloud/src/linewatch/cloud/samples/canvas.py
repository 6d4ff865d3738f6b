"""What a part is drawn on: colour, cover and defect mask of one square picture."""

from dataclasses import dataclass

import numpy as np

from linewatch.compiler.teacher import BoolArray, FloatArray

SIDE = 376
"""Pixels of the square that a part is drawn on."""

OUTER, HUB, BORE = 170.0, 84.0, 52.0
"""Radii of the flange's rim, hub and bore, in pixels."""

BOLTS, BOLT_CIRCLE, BOLT, COUNTERSINK = 6, 126.0, 12.0, 18.0
"""Bolt holes: how many, on what radius, of what radius, and the radius of the bevel around each."""


@dataclass(kw_only=True)
class Canvas:
    """A part while it is drawn; colours are RGB float32 0..1."""

    colour: FloatArray
    cover: FloatArray
    """float32[S, S]: 1 where the part hides the belt, 0 where there is none, between at its edges."""
    defect: BoolArray
    turned: float
    """How far the part is turned around its axis, in radians."""
    origin: tuple[int, int] = (0, 0)
    """Column and row of the upper left pixel on the whole canvas."""

    def tint(self, amount: FloatArray, colour: tuple[float, float, float]) -> None:
        """Blend towards `colour` by `amount` float32[S, S], 0..1."""
        self.colour += amount[:, :, None] * (np.array(colour, np.float32) - self.colour)

    def lighten(self, amount: FloatArray, light: FloatArray) -> None:
        """Blend towards the grey of brightness `light` float32[S, S] by `amount` float32[S, S], 0..1."""
        self.colour += amount[:, :, None] * (light[:, :, None] - self.colour)

    def shade(self, factor: FloatArray) -> None:
        """Multiply the brightness by `factor` float32[S, S]."""
        self.colour *= factor[:, :, None]

    def remove(self, amount: FloatArray) -> None:
        """Take material away: the belt shows through by `amount` float32[S, S], 0..1."""
        self.cover *= 1 - amount

    def window(self, x: float, y: float, half: int) -> "Canvas":
        """The square of `2 * half` pixels around (x, y), counted from the axis; what is drawn on it shows here."""
        left, top = (round(at + (SIDE - 1) / 2) - half for at in (x, y))
        part = (slice(top, top + 2 * half), slice(left, left + 2 * half))
        return Canvas(
            colour=self.colour[part],
            cover=self.cover[part],
            defect=self.defect[part],
            turned=self.turned,
            origin=(self.origin[0] + left, self.origin[1] + top),
        )

    def grid(self) -> tuple[FloatArray, FloatArray]:
        """Columns and rows of every pixel, counted from the axis of the part; each float32[S, S]."""
        height, width = self.cover.shape
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        middle = (SIDE - 1) / 2
        return columns + (self.origin[0] - middle), rows + (self.origin[1] - middle)


def blank(turned: float) -> Canvas:
    """A canvas with nothing on it."""
    return Canvas(
        colour=np.zeros((SIDE, SIDE, 3), np.float32),
        cover=np.zeros((SIDE, SIDE), np.float32),
        defect=np.zeros((SIDE, SIDE), np.bool_),
        turned=turned,
    )


def edge(distance: FloatArray, softness: float = 0.7) -> FloatArray:
    """1 where `distance` (pixels, positive inside) is inside, 0 outside, smooth over about `softness` pixels."""
    return np.asarray(np.clip(0.5 + distance / (2 * softness), 0, 1), dtype=np.float32)


def bolt_centres(turned: float) -> list[tuple[float, float]]:
    """(x, y) of the bolt holes of a part turned by `turned` radians."""
    angles = turned + np.arange(BOLTS) * 2 * np.pi / BOLTS
    return [(float(BOLT_CIRCLE * np.cos(a)), float(BOLT_CIRCLE * np.sin(a))) for a in angles]
