"""What is normal at each place of the picture: a Gaussian over patch features.

PaDiM (Defard et al., ICPR 2020) keeps a covariance matrix for every position of the grid. Here the positions of a
square region share one, which is estimated well from few pictures and is 16 times smaller.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from linewatch.compiler.normal.moments import Moments, by_region, from_regions
from linewatch.compiler.normal.whitening import Whitening

_SHRINKAGE = 0.03
_EIGENVALUE_FLOOR = 1e-4


@dataclass(frozen=True, kw_only=True)
class RegionGaussian:
    """`mean` float32[h, w, D] of every position, `factor` float32[regions, D, D]: distance = |factor (x - mean)|."""

    mean: Tensor
    factor: Tensor

    def distances(self, components: Tensor) -> Tensor:
        """Mahalanobis distances float32[N, h, w] of components [N, h, w, D], divided by the root of D."""
        deviations = by_region(components - self.mean)
        count, height, width = components.shape[:3]
        return from_regions((deviations @ self.factor.transpose(1, 2)).norm(dim=-1), count, height, width)


def fit_gaussian(moments: Moments, whitening: Whitening, floor: Tensor | None = None) -> RegionGaussian:
    """Fit to the components that `whitening` makes of the features of good pictures.

    With a `floor` [C], features are taken to vary by as much more: what differs by less is no matter.
    """
    project = (whitening.matrix / whitening.deviation[:, None]).double()
    mean = (moments.position_means() - whitening.mean.double()) @ project
    around = moments.region_covariances()
    if floor is not None:
        around = around + torch.diag(floor.double().square())
    covariance = project.T @ around @ project
    values, vectors = torch.linalg.eigh(covariance.mean(0))
    whiten = vectors / values.clamp_min(_EIGENVALUE_FLOOR * float(values.max())).sqrt()
    local = whiten.T @ covariance @ whiten
    channels = local.shape[-1]
    local = (1 - _SHRINKAGE) * local + _SHRINKAGE * torch.eye(channels, dtype=torch.double)
    factor = whiten @ torch.linalg.cholesky(torch.linalg.inv(local))
    return RegionGaussian(mean=mean.float(), factor=(factor.transpose(1, 2) / math.sqrt(channels)).float().contiguous())
