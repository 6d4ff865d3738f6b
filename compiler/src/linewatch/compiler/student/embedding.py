"""What a picture shows at its strangest places: the direction by which defects are told apart.

Not what the heads judge by: they are made to see that something is wrong, and features of the network, which was
trained to tell things apart, say what it is. Measured: docs/adr/0009.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from linewatch.compiler.student.trunk import DEEP, Stages

FOCUS = 3
"""How often strangeness is squared before it weighs: to the power of 8, a place half as strange counts 1 / 256."""


class Embedding(nn.Module):
    """The deep stage less what is typical, float32[N, 192] of each picture.

    `typical` [192, h / 2, w / 2] is the mean of normal pictures at each place, or [192, 1, 1] over all places where
    parts lie anywhere.
    """

    typical: Tensor

    def __init__(self, grid: tuple[int, int], *, by_place: bool) -> None:
        super().__init__()
        places = (grid[0] // 2, grid[1] // 2) if by_place else (1, 1)
        self.register_buffer("typical", torch.zeros(DEEP, *places))

    def forward(self, stages: Stages, maps: Tensor) -> Tensor:
        """Embeddings [N, 192] of standardised stages and of anomaly maps [N, h, w] that are nowhere negative."""
        weight = functional.avg_pool2d(maps[:, None], 2)
        weight = weight / weight.amax((2, 3), keepdim=True)
        for _ in range(FOCUS):
            weight = weight * weight
        weight = weight / weight.sum((2, 3), keepdim=True)
        return ((stages[1] - self.typical) * weight).sum((2, 3))

    @torch.no_grad()
    def fit(self, stages: Tensor) -> None:
        """Learn what is typical from the standardised deep stage [N, 192, h / 2, w / 2] of normal pictures."""
        by_place = self.typical.shape[1] > 1
        self.typical.copy_(stages.mean(0) if by_place else stages.mean((0, 2, 3))[:, None, None])
