"""What normal features look like at each place of the picture: a Gaussian for every region of the grid.

Each cell has its own mean; the cells of a square region share a covariance (see `gaussian`). The same detector that
the teacher is, over the student's own features.
"""

import torch
from torch import Tensor, nn

from linewatch.compiler.normal.gaussian import fit_gaussian
from linewatch.compiler.normal.moments import REGION, no_moments
from linewatch.compiler.normal.whitening import learn_whitening


class Normality(nn.Module):
    """Features float32[N, C, h, w] to how far each cell is from normal.

    Buffers: `mean` [C, h, w], and `factor` [R, C, C] of the R regions: the deviations of normal features times `factor`
    are uncorrelated, each with a variance of 1 / C. Each factor is the lower triangular one.
    """

    mean: Tensor
    factor: Tensor

    def __init__(self, channels: int, grid: tuple[int, int]) -> None:
        super().__init__()
        self.rows, self.columns = grid[0] // REGION, grid[1] // REGION
        regions = self.rows * self.columns
        self.register_buffer("mean", torch.zeros(channels, *grid))
        self.register_buffer("factor", torch.eye(channels).repeat(regions, 1, 1))

    def deviations(self, features: Tensor) -> Tensor:
        """Standardised deviations float32[N, R, C, REGION * REGION], region by region."""
        count, channels = features.shape[:2]
        split = (features - self.mean).reshape(count, channels, self.rows, REGION, self.columns, REGION)
        regions = split.permute(0, 2, 4, 1, 3, 5).reshape(count, self.rows * self.columns, channels, REGION**2)
        return self.factor @ regions

    def on_grid(self, values: Tensor) -> Tensor:
        """Values [N, R, REGION * REGION] of the cells as [N, h, w]."""
        split = values.reshape(len(values), self.rows, self.columns, REGION, REGION)
        return split.permute(0, 1, 3, 2, 4).reshape(len(values), self.rows * REGION, self.columns * REGION)

    @torch.no_grad()
    def fit(self, features: Tensor, floor: Tensor | None = None) -> None:
        """Learn from the features [N, C, h, w] of normal pictures; `floor` [C]: see `fit_gaussian`.

        Raises:
            PictureError: the pictures do not differ.
        """
        mean, factor = normal_statistics(features, floor)
        self.mean.copy_(mean)
        self.factor.copy_(triangular(factor))


def normal_statistics(features: Tensor, floor: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Mean [C, h, w] and factor [R, C, C] of the features [N, C, h, w] of normal pictures.

    `floor` [C]: see `fit_gaussian`.

    Raises:
        PictureError: the pictures do not differ.
    """
    cells = features.permute(0, 2, 3, 1).contiguous()
    moments = no_moments(cells[:1]).plus(cells)
    whitening = learn_whitening(moments, cells.shape[-1])
    gaussian = fit_gaussian(moments, whitening, floor)
    factor = gaussian.factor @ (whitening.matrix / whitening.deviation[:, None]).T
    return moments.position_means().permute(2, 0, 1).float().contiguous(), factor.contiguous()


def triangular(factor: Tensor) -> Tensor:
    """The lower triangular matrices [R, C, C] that give deviations of the same lengths as `factor` does.

    A factor is known up to a rotation of what it gives; half of this one is zeros, which need not be kept.
    """
    upper: Tensor = torch.linalg.qr(factor.double().flip(-1), mode="r").R
    lower = upper.flip(-1, -2)
    signs = torch.where(lower.diagonal(dim1=-2, dim2=-1) < 0, -1.0, 1.0)
    return (lower * signs[..., None]).float().contiguous()
