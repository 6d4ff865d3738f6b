"""Patch features: what a pretrained network sees at each place of a picture."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from linewatch.cloud.training.backbones.port import Backbone
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.student.shape import GRID_PIXELS
from linewatch.compiler.student.trunk import POOLED_CELLS
from linewatch.compiler.teacher import UInt8Array


class PatchReader:
    """Reads patch features of frames of any sizes; all stages of the backbone on one grid."""

    def __init__(self, backbone: Backbone, size: tuple[int, int]) -> None:
        """Frames are made `size` = (height, width) pixels, by the very steps that a student's graph begins with."""
        self.backbone = backbone
        self.size = size
        self.grid = (size[0] // GRID_PIXELS, size[1] // GRID_PIXELS)

    @torch.no_grad()
    def __call__(self, frames: Sequence[UInt8Array]) -> Tensor:
        """Features float32[N, h, w, C], averaged over 3 x 3 cells of their stage."""
        stages = self.backbone.stages(torch.from_numpy(self.pictures(frames)).permute(0, 3, 1, 2).float())
        grids = [functional.interpolate(_pooled(stage), self.grid, mode="bilinear") for stage in stages]
        return torch.cat(grids, 1).permute(0, 2, 3, 1).contiguous()

    def pictures(self, frames: Sequence[UInt8Array]) -> UInt8Array:
        """What the backbone sees: uint8[N, height, width, 3]."""
        return np.concatenate([_kept(Shrink.for_frames(self.size, *frame.shape[:2]))([frame]) for frame in frames])


def _pooled(stage: Tensor) -> Tensor:
    return functional.avg_pool2d(stage, POOLED_CELLS, 1, POOLED_CELLS // 2)


@lru_cache(maxsize=16)
def _kept(shrink: Shrink) -> Shrink:
    """The same object for equal steps, because a new one has to be built before its first use."""
    return shrink
