"""The student's trunk: a small dense network from a picture to features on a grid.

The stem reads blocks of `STEM_PIXELS` x `STEM_PIXELS` pixels at once (a space-to-depth stem written as one strided
convolution), because on real CPUs few dense convolutions on a coarse grid beat many cheap ones on a fine grid.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

STEM_PIXELS = 4
GRID_PIXELS = 8
"""Pixels of the input picture per cell of the feature grid."""


@dataclass(frozen=True, kw_only=True)
class TrunkShape:
    """Channels and residual blocks of the three stages (strides 4, 8 and 16), and channels of the features."""

    widths: tuple[int, int, int] = (32, 48, 96)
    blocks: tuple[int, int, int] = (0, 1, 2)
    features: int = 64


class ConvUnit(nn.Module):
    """A convolution with batch normalisation and, if `active`, a ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, *, active: bool = True) -> None:
        super().__init__()
        padding = kernel // 2 if stride < kernel else 0
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.active = active

    def forward(self, x: Tensor) -> Tensor:
        """[N, inputs, h, w] to [N, outputs, h / stride, w / stride]."""
        y: Tensor = self.norm(self.conv(x))
        return functional.relu(y) if self.active else y


class Residual(nn.Module):
    """Two 3 x 3 convolutions beside the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = ConvUnit(channels, channels, 3)
        self.second = ConvUnit(channels, channels, 3, active=False)

    def forward(self, x: Tensor) -> Tensor:
        """[N, channels, h, w] to the same shape."""
        return functional.relu(x + self.second(self.first(x)))


class Trunk(nn.Module):
    """Pictures to features: float32 [N, 3, S, S] to [N, features, S / 8, S / 8]."""

    def __init__(self, shape: TrunkShape) -> None:
        super().__init__()
        low, middle, high = shape.widths
        self.stem = nn.Sequential(
            ConvUnit(3, low, STEM_PIXELS, STEM_PIXELS), *[Residual(low) for _ in range(shape.blocks[0])]
        )
        self.middle = nn.Sequential(ConvUnit(low, middle, 3, 2), *[Residual(middle) for _ in range(shape.blocks[1])])
        self.deep = nn.Sequential(ConvUnit(middle, high, 3, 2), *[Residual(high) for _ in range(shape.blocks[2])])
        self.from_middle = nn.Conv2d(middle, shape.features, 1)
        self.from_deep = nn.Conv2d(high, shape.features, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Features of both depths, added on the finer grid."""
        middle = self.middle(self.stem(x))
        deep = self.from_deep(self.deep(middle))
        upsampled = functional.interpolate(deep, scale_factor=2.0, mode="bilinear", align_corners=False)
        return torch.add(self.from_middle(middle), upsampled)
