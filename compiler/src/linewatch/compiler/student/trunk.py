"""The student's trunk: the first blocks of a pretrained network, from a picture to features on a grid.

Distilled from nothing, a network of this speed learns too little from a few hundred pictures of one part. The student
therefore starts as EfficientNet-Lite0 with its ImageNet weights, and pruning makes it small.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from linewatch.compiler.student.efficientnet_lite import STAGE_CHANNELS, load

GRID_PIXELS = 8
"""Pixels of the input picture per cell of the feature grid."""

POOLED_CELLS = 3
"""Features are averaged over so many cells a side, as those of the teacher are."""

_MIDDLE, _DEEP = STAGE_CHANNELS[0], sum(STAGE_CHANNELS[1:])
_LEAST_DEVIATION = 1e-4


class Trunk(nn.Module):
    """Pictures 0..255 to features: float32[N, 3, S, S] to [N, features, S / 8, S / 8].

    The stages' outputs are standardised by `centre` and `scale` [stage channels, 1, 1] before the two 1 x 1
    convolutions, so that one learning rate suits all channels.
    """

    centre: Tensor
    scale: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        self.backbone = load().requires_grad_(True)
        self.from_middle = nn.Conv2d(_MIDDLE, features, 1)
        self.from_deep = nn.Conv2d(_DEEP, features, 1, bias=False)
        self.register_buffer("centre", torch.zeros(_MIDDLE + _DEEP, 1, 1))
        self.register_buffer("scale", torch.ones(_MIDDLE + _DEEP, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Features of both depths, added on the finer grid."""
        middle, deep = self.standardised(x)
        return torch.add(self.from_middle(middle), upsampled(self.from_deep(deep)))

    def standardised(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The stages, pooled and standardised: [N, C, S / 8, S / 8] and [N, C, S / 16, S / 16]."""
        middle, deep = self.stages(x)
        return (
            (middle - self.centre[:_MIDDLE]) / self.scale[:_MIDDLE],
            (deep - self.centre[_MIDDLE:]) / self.scale[_MIDDLE:],
        )

    def stages(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The stages, pooled: stride 8, and both of stride 16 one behind the other."""
        pooled = [functional.avg_pool2d(stage, POOLED_CELLS, 1, POOLED_CELLS // 2) for stage in self.backbone.stages(x)]
        return pooled[0], torch.cat(pooled[1:], dim=1)

    @torch.no_grad()
    def standardise(self, middle: Tensor, deep: Tensor) -> None:
        """Take centre and scale from examples of the stages."""
        for stage, part in ((middle, slice(None, _MIDDLE)), (deep, slice(_MIDDLE, None))):
            self.centre[part] = stage.mean((0, 2, 3))[:, None, None]
            self.scale[part] = stage.std((0, 2, 3))[:, None, None] + _LEAST_DEVIATION

    def folded(self) -> tuple[Tensor, Tensor, Tensor]:
        """The 1 x 1 convolutions on stages that are not standardised: weights [D, 40], [D, 192] and bias [D]."""
        weight = torch.cat([self.from_middle.weight, self.from_deep.weight], dim=1)[:, :, 0, 0] / self.scale[:, 0, 0]
        assert self.from_middle.bias is not None
        return weight[:, :_MIDDLE], weight[:, _MIDDLE:], self.from_middle.bias - weight @ self.centre[:, 0, 0]


def upsampled(deep: Tensor) -> Tensor:
    """[N, C, h, w] to [N, C, 2 h, 2 w], bilinear."""
    return functional.interpolate(deep, scale_factor=2.0, mode="bilinear", align_corners=False)
