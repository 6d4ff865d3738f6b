"""The student's trunk: the first blocks of a pretrained network, from a picture to features on a grid.

Distilled from nothing, a network of this speed learns too little from a few hundred pictures of one part. The student
therefore starts as EfficientNet-Lite0 with its ImageNet weights, and pruning makes it small.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from linewatch.compiler.student.efficientnet_lite import STAGE_CHANNELS, load

POOLED_CELLS = 3
"""Features are averaged over so many cells a side, as those of the teacher are."""

MIDDLE, DEEP = STAGE_CHANNELS[0], sum(STAGE_CHANNELS[1:])
"""Channels of the two stages: of stride 8, and of stride 16."""

_LEAST_DEVIATION = 1e-4

Stages = tuple[Tensor, Tensor]
"""float32[N, 40, H / 8, W / 8] and float32[N, 192, H / 16, W / 16]."""


class Trunk(nn.Module):
    """Pictures 0..255, float32[N, 3, H, W], to stages.

    Behind it they are standardised by `centre` and `scale` [stage channels, 1, 1], so that one learning rate suits all
    channels.
    """

    centre: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.backbone = load().requires_grad_(True)
        self.register_buffer("centre", torch.zeros(MIDDLE + DEEP, 1, 1))
        self.register_buffer("scale", torch.ones(MIDDLE + DEEP, 1, 1))

    def forward(self, x: Tensor) -> Stages:
        """The stages as they are: stride 8, and both of stride 16 one behind the other."""
        middle, *deep = self.backbone.stages(x)
        return middle, torch.cat(deep, dim=1)

    def standardised(self, stages: Stages) -> Stages:
        """The stages with mean 0 and deviation 1 a channel."""
        middle, deep = stages
        return (
            (middle - self.centre[:MIDDLE]) / self.scale[:MIDDLE],
            (deep - self.centre[MIDDLE:]) / self.scale[MIDDLE:],
        )

    @torch.no_grad()
    def standardise(self, stages: Stages) -> None:
        """Take centre and scale from examples of the stages."""
        for stage, part in zip(stages, (slice(None, MIDDLE), slice(MIDDLE, None)), strict=True):
            self.centre[part] = stage.mean((0, 2, 3))[:, None, None]
            self.scale[part] = stage.std((0, 2, 3))[:, None, None] + _LEAST_DEVIATION


class Projection(nn.Module):
    """Standardised stages to `channels` features on the finer grid: a 1 x 1 convolution of each, added."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.from_middle = nn.Conv2d(MIDDLE, channels, 1)
        self.from_deep = nn.Conv2d(DEEP, channels, 1, bias=False)

    def forward(self, stages: Stages) -> Tensor:
        """float32[N, channels, H / 8, W / 8]."""
        middle, deep = stages
        return torch.add(self.from_middle(middle), upsampled(self.from_deep(deep)))

    def folded(self, trunk: Trunk) -> tuple[Tensor, Tensor, Tensor]:
        """The convolutions on stages that are not standardised: weights [D, 40], [D, 192] and bias [D]."""
        weight = torch.cat([self.from_middle.weight, self.from_deep.weight], dim=1)[:, :, 0, 0] / trunk.scale[:, 0, 0]
        assert self.from_middle.bias is not None
        return weight[:, :MIDDLE], weight[:, MIDDLE:], self.from_middle.bias - weight @ trunk.centre[:, 0, 0]


def pooled(stages: Stages) -> Stages:
    """Each cell as the mean of itself and its neighbours; outside the picture there are zeros."""
    middle, deep = (functional.avg_pool2d(stage, POOLED_CELLS, 1, POOLED_CELLS // 2) for stage in stages)
    return middle, deep


def upsampled(deep: Tensor) -> Tensor:
    """[N, C, h, w] to [N, C, 2 h, 2 w], bilinear."""
    return functional.interpolate(deep, scale_factor=2.0, mode="bilinear", align_corners=False)
