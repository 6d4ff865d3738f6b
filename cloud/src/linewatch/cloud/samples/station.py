"""Where parts lie on the belt."""

import numpy as np

from linewatch.cloud.samples.camera import HEIGHT, WIDTH
from linewatch.cloud.samples.line import Placed
from linewatch.cloud.samples.part import Part

PITCH = 720
"""Pixels of belt between two places for parts; no two parts are seen whole at once."""

_PLACING_X, _PLACING_Y = 4.0, 3.0
"""Deviations, in pixels, of where parts lie in their places."""


def place(random: np.random.Generator, part: Part, station: int) -> Placed:
    """Lay `part` into the place number `station` of the belt, not quite in its middle."""
    x = WIDTH / 2 + station * PITCH + float(np.clip(random.normal(0, _PLACING_X), -10, 10))
    y = HEIGHT / 2 + float(np.clip(random.normal(0, _PLACING_Y), -8, 8))
    return Placed(part=part, x=x, y=y)
