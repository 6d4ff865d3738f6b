"""What normal features look like at each place of the picture.

A Gaussian for every cell of the grid, with one covariance for all cells and one variance for each cell and channel
after whitening (a lighter kin of PaDiM, Defard et al. 2020, which keeps a covariance matrix for each cell): cheap
enough for a 1 x 1 convolution, and nearly as good.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

_EIGENVALUE_FLOOR = 1e-4
_NEIGHBOURS = 3
_OWN_SHARE = 0.9
"""Share of a cell's own variance; the rest is the variance over all cells."""


class Normality(nn.Module):
    """Features float32[N, C, h, w] to the deviation of each cell from normal, float32[N, h, w].

    Buffers: `whiten` [C, C], `mean` [C, h, w] (whitened), `weight` [C, h, w] (one over the deviation).
    """

    whiten: Tensor
    mean: Tensor
    weight: Tensor

    def __init__(self, channels: int, grid: tuple[int, int]) -> None:
        super().__init__()
        self.register_buffer("whiten", torch.eye(channels))
        self.register_buffer("mean", torch.zeros(channels, *grid))
        self.register_buffer("weight", torch.ones(channels, *grid))

    def forward(self, features: Tensor) -> Tensor:
        """Root mean square of the standardised deviations over the channels."""
        return self.deviations(features).square().mean(dim=1).sqrt()

    def deviations(self, features: Tensor) -> Tensor:
        """Standardised deviations float32[N, C, h, w]: about 1 for normal pictures."""
        white = torch.einsum("dc,nchw->ndhw", self.whiten, features)
        return (white - self.mean) * self.weight

    @torch.no_grad()
    def fit(self, features: Tensor) -> None:
        """Learn from the features [N, C, h, w] of normal pictures."""
        mean = features.mean(dim=0)
        spread = (features - mean).movedim(1, -1).flatten(0, 2)
        whiten = _whitening(spread.T @ spread / len(spread))
        white = torch.einsum("dc,nchw->ndhw", whiten, features)
        mean, weight = cell_statistics(white)
        self.whiten.copy_(whiten)
        self.mean.copy_(mean)
        self.weight.copy_(weight)


def cell_statistics(white: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and weight [C, h, w] of the whitened features [N, C, h, w] of normal pictures."""
    variance = white.var(dim=0, correction=0)
    variance = functional.avg_pool2d(variance[None], _NEIGHBOURS, 1, _NEIGHBOURS // 2, count_include_pad=False)[0]
    return white.mean(dim=0), (_OWN_SHARE * variance + 1 - _OWN_SHARE).rsqrt()


def _whitening(covariance: Tensor) -> Tensor:
    """The matrix that turns the covariance [C, C] into the identity."""
    values, vectors = torch.linalg.eigh(covariance.double())
    values = values.clamp_min(_EIGENVALUE_FLOOR * float(values.max()))
    # The sign of an eigenvector is arbitrary; a positive largest entry makes equal input give equal bytes.
    largest = vectors.gather(0, vectors.abs().argmax(dim=0, keepdim=True))
    matrix: Tensor = (vectors * largest.sign() / values.sqrt()).T.float().contiguous()
    return matrix
