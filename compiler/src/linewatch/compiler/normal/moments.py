"""Sums over the features of many pictures, from which everything that the teacher learns can be computed.

Pictures are added one after the other and forgotten, so that memory does not grow with their number.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

REGION = 4
"""Positions a side of a square of the grid whose second moments are kept together."""


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Sums over `count` pictures of features [h, w, C] less `origin`, in double precision.

    `origin` float64[C] lies near the features, so that no digits are lost; `first` is [h, w, C], and `second`
    [regions, C, C] sums the outer products over the positions of each region as well.
    """

    count: int
    origin: Tensor
    first: Tensor
    second: Tensor

    def plus(self, features: Tensor) -> "Moments":
        """With the features float32[N, h, w, C] of more pictures."""
        shifted = features.double() - self.origin
        local = by_region(shifted)
        return Moments(
            count=self.count + len(features),
            origin=self.origin,
            first=self.first + shifted.sum(0),
            second=self.second + local.transpose(1, 2) @ local,
        )

    def position_means(self) -> Tensor:
        """float64[h, w, C]: the mean at each position."""
        return self.origin + self.first / self.count

    def spread(self) -> tuple[Tensor, Tensor]:
        """Mean float64[C] and covariance float64[C, C] over all pictures and positions."""
        positions = self.first.shape[0] * self.first.shape[1]
        mean = self.first.sum((0, 1)) / (self.count * positions)
        covariance = self.second.sum(0) / (self.count * positions) - torch.outer(mean, mean)
        return self.origin + mean, covariance

    def region_covariances(self) -> Tensor:
        """float64[regions, C, C]: covariance around the mean of the position, over the positions of each region."""
        means = by_region((self.first / self.count)[None])
        return self.second / (self.count * REGION**2) - means.transpose(1, 2) @ means / REGION**2


def no_moments(features: Tensor) -> Moments:
    """Sums over nothing yet, for features like float32[1, h, w, C]; h and w are multiples of `REGION`."""
    _, height, width, channels = features.shape
    regions = height * width // REGION**2
    return Moments(
        count=0,
        origin=features.double().mean((0, 1, 2)),
        first=torch.zeros(height, width, channels, dtype=torch.double),
        second=torch.zeros(regions, channels, channels, dtype=torch.double),
    )


def by_region(grid: Tensor) -> Tensor:
    """[N, h, w, D] to [regions, N * REGION * REGION, D]."""
    count, height, width, channels = grid.shape
    rows, columns = height // REGION, width // REGION
    split = grid.reshape(count, rows, REGION, columns, REGION, channels)
    return split.permute(1, 3, 0, 2, 4, 5).reshape(rows * columns, count * REGION**2, channels)


def from_regions(values: Tensor, count: int, height: int, width: int) -> Tensor:
    """[regions, N * REGION * REGION] to [N, h, w]."""
    split = values.reshape(height // REGION, width // REGION, count, REGION, REGION)
    return split.permute(2, 0, 3, 1, 4).reshape(count, height, width)
