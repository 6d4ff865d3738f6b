"""Removes the channels that matter least, whole, so that the network gets smaller and faster on any hardware.

Only the inner channels of the inverted residuals are removed: they are where nearly all the work is. What depends on
them is found by `dependencies`. A channel matters as much as the features would change if it were held at its mean: the
first-order estimate of Molchanov et al. (ICLR 2017), with random probes of the features in place of the loss, because
the loss of a student that starts as its teacher has no gradient yet.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from linewatch.compiler.errors import WrongUse
from linewatch.compiler.prune.dependencies import Dependencies
from linewatch.compiler.student.efficientnet_lite import Block, EfficientNetLite
from linewatch.compiler.student.student import Student, batches
from linewatch.compiler.student.trunk import upsampled
from linewatch.compiler.teacher import UInt8Array

ROUND_TO = 16
"""Channel counts are multiples of this: kernels work on that many at once, and are far slower on a remainder."""

_BLOCKS = 11


@dataclass(frozen=True, kw_only=True)
class PruneSettings:
    """`kept` inner channels of each block, first to last; a block with fewer stays as it is. Judged on `pictures`."""

    kept: tuple[int, ...] = (16, 32, 64, 64, 128, 160, 320, 320, 320, 448, 448)
    pictures: int = 32

    def __post_init__(self) -> None:
        if len(self.kept) != _BLOCKS or any(count < ROUND_TO or count % ROUND_TO for count in self.kept):
            raise WrongUse(f"pruning keeps {_BLOCKS} multiples of {ROUND_TO}, not {self.kept}")

    def scaled(self, scale: float) -> "PruneSettings":
        """The same with `scale` times as many channels, `ROUND_TO` at least."""
        kept = tuple(max(ROUND_TO, ROUND_TO * round(scale * count / ROUND_TO)) for count in self.kept)
        return replace(self, kept=kept)


@dataclass(frozen=True, kw_only=True)
class Pruned:
    """Numbers of parameters of the trunk."""

    before: int
    after: int


def prune(student: Student, pictures: UInt8Array, settings: PruneSettings, *, seed: int) -> Pruned:
    """Prune the trunk in place; its features keep their shape. Settle and fine-tune afterwards.

    Args:
        student: what is pruned.
        pictures: uint8[N, H, W, 3] to judge the channels on.
        settings: how much is kept.
        seed: of the probes.
    """
    before = _parameters(student.trunk)
    network = student.trunk.backbone
    dependencies = Dependencies(network)
    for number, importance in _importances(student, pictures, seed).items():
        if len(importance) > settings.kept[number]:
            kept = importance.topk(settings.kept[number]).indices.sort().values
            dependencies.keep(_source(network, number), kept)
    student.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Pruned(before=before, after=_parameters(student.trunk))


def trim(student: Student, settings: PruneSettings) -> None:
    """Keep the first channels instead of the best: the student is as fast as a pruned one, and knows nothing."""
    network = student.trunk.backbone
    dependencies = Dependencies(network)
    for number, block in enumerate(_blocks(network)):
        if block.project_conv.in_channels > settings.kept[number]:
            dependencies.keep(_source(network, number), torch.arange(settings.kept[number]))
    student.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def _importances(student: Student, pictures: UInt8Array, seed: int) -> Mapping[int, Tensor]:
    """Importance [inner channels] of every block by number."""
    generator = torch.Generator().manual_seed(seed)
    student.eval()
    seen: dict[int, Tensor] = {}
    hooks = [
        block.project_conv.register_forward_pre_hook(_keeper(seen, number))
        for number, block in enumerate(_blocks(student.trunk.backbone))
    ]
    sums: dict[int, Tensor] = {}
    for picture in batches(pictures, size=1):
        features = _probed(student, picture)
        probe = torch.randn(features.shape, generator=generator)
        gradients = torch.autograd.grad((features * probe).sum(), list(seen.values()))
        for number, gradient in zip(seen, gradients, strict=True):
            inner = seen[number].detach()
            change = (inner - inner.mean((2, 3), keepdim=True)) * gradient
            sums[number] = sums.get(number, torch.zeros(inner.shape[1])) + change.square().sum((0, 2, 3))
    for hook in hooks:
        hook.remove()
    return sums


def _probed(student: Student, picture: Tensor) -> Tensor:
    """What matters: the features that the Gaussian judges, or all that the trunk gives."""
    if student.has_normality:
        return student.features(picture)
    middle, deep = student.trunk.standardised(student.trunk(picture.float()))
    return torch.cat([middle, upsampled(deep)], dim=1)


def _keeper(seen: dict[int, Tensor], number: int) -> Callable[[nn.Module, tuple[Tensor]], None]:
    """Keeps what a block's projection is given."""

    def keep(_module: nn.Module, inputs: tuple[Tensor]) -> None:
        (seen[number],) = inputs

    return keep


def _source(network: EfficientNetLite, number: int) -> nn.Conv2d:
    """The convolution that makes the inner channels of a block; those of the first are the stem's."""
    block = _blocks(network)[number]
    return block.expand_conv if block.expands else network.stem_conv


def _blocks(network: EfficientNetLite) -> Sequence[Block]:
    return [block for block in network.blocks if isinstance(block, Block)]


def _parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
