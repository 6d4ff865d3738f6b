"""Writes the projection that Gaussian and discriminator have in front of them."""

import numpy as np
import torch

from linewatch.compiler.graph.opinion import Seen, as_array
from linewatch.compiler.graph.writer import GraphWriter
from linewatch.compiler.student.trunk import POOLED_CELLS


def projected(
    writer: GraphWriter,
    weights: tuple[torch.Tensor, torch.Tensor],
    seen: Seen,
    names: tuple[str, str],
    *,
    pool: bool,
) -> str:
    """The projection, without its bias, by the folded weights of both its convolutions."""
    fine, coarse = (
        _dense(writer, stage, weight, name)
        for stage, weight, name in zip((seen.middle, seen.deep), weights, names, strict=True)
    )
    if pool:
        fine, coarse = _pooled(writer, fine), _pooled(writer, coarse)
    scales = writer.constant([1, 1, 2, 2], np.float32)
    upsampled = writer.node("Resize", [coarse, "", scales], mode="linear", coordinate_transformation_mode="half_pixel")
    return writer.node("Add", [fine, upsampled])


def _dense(writer: GraphWriter, x: str, weight: torch.Tensor, name: str) -> str:
    """A 1 x 1 convolution without bias."""
    kernel = writer.constant(as_array(weight)[:, :, None, None], np.float32, name=name)
    return writer.node("Conv", [x, kernel], kernel_shape=[1, 1])


def _pooled(writer: GraphWriter, x: str) -> str:
    pad = POOLED_CELLS // 2
    return writer.node("AveragePool", [x], kernel_shape=[POOLED_CELLS] * 2, pads=[pad] * 4, count_include_pad=1)
