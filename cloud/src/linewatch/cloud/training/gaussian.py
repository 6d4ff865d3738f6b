"""What is normal at each place of the picture: a Gaussian over patch features.

PaDiM (Defard et al., ICPR 2020) keeps a covariance matrix for every position of the grid. Here the positions of a
square region share one, which is estimated well from few pictures and is 16 times smaller.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

REGION = 4
"""Positions a side that share one covariance."""

_SHRINKAGE = 0.03
_EIGENVALUE_FLOOR = 1e-4


@dataclass(frozen=True, kw_only=True)
class RegionGaussian:
    """`mean` float32[h, w, D] of every position, `factor` float32[regions, D, D]: distance = |factor (x - mean)|."""

    mean: Tensor
    factor: Tensor

    def distances(self, components: Tensor) -> Tensor:
        """Mahalanobis distances float32[N, h, w] of components [N, h, w, D], divided by the root of D."""
        deviations = _by_region(components - self.mean)
        return _from_regions((deviations @ self.factor.transpose(1, 2)).norm(dim=-1), *components.shape[:3])


def fit_gaussian(components: Tensor) -> RegionGaussian:
    """Fit to the components float32[N, h, w, D] of good pictures; h and w are multiples of `REGION`."""
    channels = components.shape[-1]
    mean = components.double().mean(0)
    residual = components.double() - mean
    values, vectors = torch.linalg.eigh(torch.cov(residual.flatten(0, 2).T))
    whiten = vectors / values.clamp_min(_EIGENVALUE_FLOOR * float(values.max())).sqrt()
    local = _by_region(residual @ whiten)
    covariance = local.transpose(1, 2) @ local / local.shape[1]
    covariance = (1 - _SHRINKAGE) * covariance + _SHRINKAGE * torch.eye(channels, dtype=torch.double)
    factor = whiten @ torch.linalg.cholesky(torch.linalg.inv(covariance))
    return RegionGaussian(mean=mean.float(), factor=(factor.transpose(1, 2) / math.sqrt(channels)).float().contiguous())


def _by_region(grid: Tensor) -> Tensor:
    """[N, h, w, D] to [regions, N * REGION * REGION, D]."""
    count, height, width, channels = grid.shape
    split = grid.reshape(count, height // REGION, REGION, width // REGION, REGION, channels)
    return split.permute(1, 3, 0, 2, 4, 5).reshape(-1, count * REGION * REGION, channels)


def _from_regions(values: Tensor, count: int, height: int, width: int) -> Tensor:
    """[regions, N * REGION * REGION] to [N, h, w]."""
    split = values.reshape(height // REGION, width // REGION, count, REGION, REGION)
    return split.permute(2, 0, 3, 1, 4).reshape(count, height, width)
