"""Lets a trunk compute as it will in integers while it stays in floating point, so that it can be trained so.

What the graph for processors rounds is rounded here too: weights to 7 bits a channel, activations to the bytes of their
calibrated ranges. Gradients pass the rounding unchanged where nothing is cut off (Jacob et al., "Quantization and
Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", CVPR 2018).

A normalisation with fixed statistics multiplies each output by one number, so that rounding the weights before it and
rounding what export folds it into is the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import onnx
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from linewatch.compiler.quantize.calibrate import Ranges
from linewatch.compiler.quantize.cpu import BYTE, MOST, byte_scale, shared_by_additions
from linewatch.compiler.quantize.layers import quantized_layers
from linewatch.compiler.quantize.rounding import LEAST_SCALE
from linewatch.compiler.student.efficientnet_lite import Block, EfficientNetLite
from linewatch.compiler.target import Flavour


@contextmanager
def fake_quantized(network: EfficientNetLite, model: onnx.ModelProto, ranges: Ranges) -> Iterator[None]:
    """Have `network` round as the integer graph of `model`, which was exported from it, does.

    The second block's expansion, which export joins with the projection before it, keeps its weights.
    """
    scales = _scales(model, ranges)
    blocks = [block for block in network.blocks if isinstance(block, Block)]
    handles = [blocks[0].project_conv.register_forward_pre_hook(_Before(*scales["block1.expand"]))]
    rounded: list[nn.Conv2d] = []
    for number, block in enumerate(blocks[1:], start=1):
        handles += [
            block.depthwise_conv.register_forward_pre_hook(_Before(*scales[f"block{number}.filter"])),
            block.project_conv.register_forward_pre_hook(_Before(*scales[f"block{number}.project"])),
        ]
        rounded += [block.expand_conv] if number > 1 else []
        rounded += [block.depthwise_conv, block.project_conv]
        if block.adds:
            handles.append(block.project_norm.register_forward_hook(_Behind(*scales[f"block{number}.add"])))
        after = f"block{number}.add" if block.adds else f"block{number + 1}.expand"
        handles.append(block.register_forward_hook(_Behind(*scales[after])))
    for conv in rounded:
        parametrize.register_parametrization(conv, "weight", _Steps())
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
        for conv in rounded:
            parametrize.remove_parametrizations(conv, "weight", leave_parametrized=False)


def _scales(model: onnx.ModelProto, ranges: Ranges) -> dict[str, tuple[float, int]]:
    """Step and zero point of what each layer reads."""
    nodes = {node.name: node for node in model.graph.node}
    layers = {layer: nodes[name] for layer, name in quantized_layers(model, Flavour.CPU_INT8).items()}
    shared = shared_by_additions([node for node in layers.values() if node.op_type == "Add"], ranges)
    return {layer: byte_scale(*shared[node.input[0]]) for layer, node in layers.items()}


class _Steps(nn.Module):
    """Weights [O, I, H, W] in steps, the largest of each output being `MOST` of them."""

    def forward(self, weight: Tensor) -> Tensor:
        scales = (weight.detach().abs().amax((1, 2, 3)) / MOST).clamp_min(LEAST_SCALE)
        zeros = torch.zeros(len(scales), dtype=torch.int32)
        return torch.fake_quantize_per_channel_affine(weight, scales, zeros, 0, -MOST, MOST)


class _Before:
    """Rounds what a module is given."""

    def __init__(self, scale: float, zero: int) -> None:
        self._scale, self._zero = scale, zero

    def __call__(self, _module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Tensor]:
        return (torch.fake_quantize_per_tensor_affine(inputs[0], self._scale, self._zero, 0, BYTE),)


class _Behind:
    """Rounds what a module gives."""

    def __init__(self, scale: float, zero: int) -> None:
        self._scale, self._zero = scale, zero

    def __call__(self, _module: nn.Module, _inputs: tuple[Any, ...], output: Tensor) -> Tensor:
        return torch.fake_quantize_per_tensor_affine(output, self._scale, self._zero, 0, BYTE)
