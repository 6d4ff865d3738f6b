"""A head that knows what defects look like: it learned from synthetic ones, and from labelled ones where there are any.

In the manner of SuperSimpleNet (Rolih et al., ICPR 2024), which learns from both alike.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from linewatch.compiler.student.trunk import Projection, Stages

TEMPERATURE = 4.0
"""Logits that make one unit of strangeness: rounding errors of a runtime change the score only a little."""


class Discriminator(nn.Module):
    """Standardised stages to the logits that a cell is defective."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.projection = Projection(hidden)
        self.decision = Decision(hidden)

    def forward(self, stages: Stages) -> Tensor:
        """Logits float32[N, h, w]."""
        logits: Tensor = self.decision(self.projection(stages))
        return logits


class Decision(nn.Module):
    """What follows the projection: neighbours are looked at, then one number is made."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.around = nn.Conv2d(hidden, hidden, 3, 1, 1)
        self.last = nn.Conv2d(hidden, 1, 1)

    def forward(self, projected: Tensor) -> Tensor:
        """Logits [N, h, w] of projected features [N, hidden, h, w]."""
        found = functional.relu(self.around(functional.relu(projected)))
        logits: Tensor = self.last(found)[:, 0]
        return logits


def strangeness(logits: Tensor) -> Tensor:
    """Positive numbers of any logits; their logarithm is straight for logits of normal cells."""
    return functional.softplus(logits / TEMPERATURE)


def image_logits(logits: Tensor, cells: int) -> Tensor:
    """Mean of the `cells` highest logits of each picture: [N, h, w] to [N]."""
    return torch.topk(logits.flatten(1), cells).values.mean(1)
