"""A head that knows how things move at each place: for fixed cameras, from a short stack of frames.

Flow is solved for each cell in closed form (Lucas and Kanade, "An iterative image registration technique", IJCAI 1981,
first step); with it goes how much changed from the last frame and from the first one of the stack. Before, all frames
are made as bright as the last one: light that flickers is no motion. What is normal is a Gaussian for each place, as
for what is seen.
"""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from linewatch.compiler.normal.normality import Normality
from linewatch.compiler.teacher import FloatArray

FEATURES = 4
"""Flow across and down, and the logarithms of both changes."""

FINE = 2
"""Pixels of the picture a side of one in which motion is seen; eight pixels, a cell, are four of those."""
CELL = 4
AROUND = 3
DARK = 1.0
"""Grey levels added to the mean of a frame that others are made as bright as: a black one stays so."""
STEADY = 4.0
"""Added to the squared gradients: where they are smaller than noise makes them, flow is 0."""
FLOOR = (0.05, 0.05, 0.2, 0.2)
"""Deviations of the features that are no matter: few people who walked by must not make those who come strange."""
NOISE = 0.5
"""Grey levels of change that count as little as none."""
SLOPE = ((-1.0, 0.0, 1.0), (-2.0, 0.0, 2.0), (-1.0, 0.0, 1.0))
STEEPNESS = 8.0
"""What the sum of `SLOPE` has to be divided by for grey levels a pixel (Sobel)."""


def pooling(side: int) -> FloatArray:
    """float32[side / CELL, side]: along an axis, the mean of each cell of `CELL` pixels and its neighbours."""
    cells = side // CELL
    means = np.kron(np.eye(cells), np.full((1, CELL), 1 / CELL))
    near = np.abs(np.subtract.outer(np.arange(cells), np.arange(cells))) <= AROUND // 2
    return np.asarray(near / near.sum(1, keepdims=True) @ means, np.float32)


class Motion(nn.Module):
    """Stacks of pictures uint8[N, T, 3, h, w] to how strangely each cell moves."""

    slopes: Tensor
    rows: Tensor
    columns: Tensor

    def __init__(self, grid: tuple[int, int]) -> None:
        super().__init__()
        self.normality = Normality(FEATURES, grid)
        for name, cells in zip(("rows", "columns"), grid, strict=True):
            self.register_buffer(name, torch.from_numpy(pooling(CELL * cells)))
        across = torch.tensor(SLOPE) / STEEPNESS
        self.register_buffer("slopes", torch.stack([across, across.T])[:, None])

    def features(self, stacks: Tensor) -> Tensor:
        """float32[N, 4, h / 8, w / 8]."""
        grey = functional.avg_pool2d(stacks.float().mean(2), FINE)
        light = grey.mean((2, 3), keepdim=True) + DARK
        grey = grey * (light[:, -1:] / light)
        grey = functional.avg_pool2d(functional.pad(grey, (1, 1, 1, 1), mode="replicate"), 3, 1)
        now, before, first = grey[:, -1:], grey[:, -2:-1], grey[:, :1]
        gradient = functional.conv2d((now + before) / 2, self.slopes, padding=1)
        across, down = gradient[:, :1], gradient[:, 1:]
        change = now - before
        parts = [across * across, down * down, across * down, across * change, down * change]
        means = self.rows @ torch.cat([*parts, change.abs(), (now - first).abs()], 1) @ self.columns.T
        xx, yy, xy, xt, yt, late, early = (means[:, place : place + 1] for place in range(7))
        xx, yy = xx + STEADY, yy + STEADY
        whole = xx * yy - xy * xy
        flow = [(xy * yt - yy * xt) / whole, (xy * xt - xx * yt) / whole]
        return torch.cat([*flow, (late + NOISE).log(), (early + NOISE).log()], 1)

    def fit(self, stacks: Iterable[Tensor]) -> None:
        """Learn what is normal from batches of stacks.

        Raises:
            PictureError: they do not differ.
        """
        self.normality.fit(torch.cat([self.features(batch) for batch in stacks]), torch.tensor(FLOOR))

    def forward(self, stacks: Tensor) -> Tensor:
        """How far each cell is from normal, float32[N, h / 8, w / 8]."""
        deviations = self.normality.deviations(self.features(stacks))
        return self.normality.on_grid(deviations.square().sum(dim=2).sqrt())
