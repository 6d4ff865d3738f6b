"""Principal components of patch features, each of variance 1."""

from dataclasses import dataclass

import torch
from torch import Tensor

from linewatch.compiler.errors import PictureError
from linewatch.compiler.normal.moments import Moments

_LEAST_DEVIATION = 1e-6
_LEAST_VARIANCE = 1e-6
_LEAST_SHARE = 1e-9
"""Variance between pictures over variance within them, below which there is only rounding."""


@dataclass(frozen=True, kw_only=True)
class Whitening:
    """`mean` and `deviation` [C] standardise the channels, `matrix` [C, D] gives the components."""

    mean: Tensor
    deviation: Tensor
    matrix: Tensor

    def standardise(self, features: Tensor) -> Tensor:
        """Features [..., C] with mean 0 and deviation 1 a channel over good pictures."""
        return (features - self.mean) / self.deviation

    def components(self, standardised: Tensor) -> Tensor:
        """Standardised features [..., C] to components [..., D]."""
        return standardised @ self.matrix


def learn_whitening(moments: Moments, components: int) -> Whitening:
    """Learn from the features of good pictures.

    Raises:
        PictureError: the pictures are all alike, so that nothing varies.
    """
    mean, covariance = moments.spread()
    between = moments.region_covariances().diagonal(dim1=1, dim2=2)
    if float(between.max()) <= _LEAST_SHARE * float(covariance.diagonal().max()):
        raise PictureError("the good pictures are all the same: give pictures that show how good parts differ")
    deviation = covariance.diagonal().clamp_min(0).sqrt() + _LEAST_DEVIATION
    values, vectors = torch.linalg.eigh(covariance / torch.outer(deviation, deviation))
    values, vectors = values.flip(0)[:components], vectors.flip(1)[:, :components]
    values = values.clamp_min(_LEAST_VARIANCE * float(values[0]))
    return Whitening(mean=mean.float(), deviation=deviation.float(), matrix=(vectors / values.sqrt()).float())
