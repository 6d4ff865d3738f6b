"""Principal components of patch features, each of variance 1."""

from dataclasses import dataclass

import torch
from torch import Tensor

from linewatch.cloud.errors import DatasetError

_LEAST_DEVIATION = 1e-6
_LEAST_VARIANCE = 1e-6


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


def learn_whitening(features: Tensor, components: int) -> Whitening:
    """Learn from the features float32[N, h, w, C] of good pictures.

    Raises:
        DatasetError: the pictures are all alike, so that nothing varies.
    """
    if float(features.std(0).max()) < _LEAST_DEVIATION:
        raise DatasetError("the good pictures are all the same: give pictures that show how good parts differ")
    flat = features.flatten(0, 2)
    mean, deviation = flat.mean(0), flat.std(0) + _LEAST_DEVIATION
    covariance = torch.cov(((flat - mean) / deviation).T).double()
    values, vectors = torch.linalg.eigh(covariance)
    values, vectors = values.flip(0)[:components], vectors.flip(1)[:, :components]
    values = values.clamp_min(_LEAST_VARIANCE * float(values[0]))
    return Whitening(mean=mean, deviation=deviation, matrix=(vectors / values.sqrt()).float())
