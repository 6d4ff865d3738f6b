"""Networks of torchvision and timm, for sites that have these libraries and may download weights."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from linewatch.cloud.errors import TryAgain, WrongUse
from linewatch.cloud.optional import import_optional
from linewatch.cloud.training.backbones.mobilenet import IMAGENET_DEVIATION, IMAGENET_MEAN
from linewatch.compiler.student.weights import digest_of

TORCHVISION, TIMM = "torchvision/", "timm/"
"""What the names of these networks begin with."""

_RESNET_STAGES = ("layer1", "layer2", "layer3")
_TIMM_STAGES = (1, 2, 3)


class Adapted(nn.Module):
    """A network of another library behind `port.Backbone`."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, name: str, network: nn.Module, mean: Sequence[float], deviation: Sequence[float]) -> None:
        super().__init__()
        self.name = name
        self.network = network.requires_grad_(False).eval()
        self.weights_digest = digest_of(network.state_dict())
        self.register_buffer("mean", 255 * torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("deviation", 255 * torch.tensor(deviation).view(1, 3, 1, 1), persistent=False)

    def stages(self, frames: Tensor) -> Sequence[Tensor]:
        """See `port.Backbone.stages`."""
        found: Any = self.network((frames - self.mean) / self.deviation)
        return list(found.values()) if isinstance(found, dict) else list(found)


def load_torchvision(name: str) -> Adapted:
    """A ResNet of torchvision with its default weights, such as `torchvision/wide_resnet50_2`.

    Raises:
        WrongUse: torchvision is not installed, or knows no such network with layers 1 to 3.
        TryAgain: the weights could not be downloaded.
    """
    models = import_optional("torchvision.models", extra="torchvision")
    extraction = import_optional("torchvision.models.feature_extraction", extra="torchvision")
    network = _built(name, lambda: models.get_model(name.removeprefix(TORCHVISION), weights="DEFAULT"))
    try:
        extractor = extraction.create_feature_extractor(network, return_nodes=list(_RESNET_STAGES))
    except ValueError as error:
        raise WrongUse(f"{name} has no layers {', '.join(_RESNET_STAGES)}: choose a ResNet") from error
    return Adapted(name, extractor, IMAGENET_MEAN, IMAGENET_DEVIATION)


def load_timm(name: str) -> Adapted:
    """A network of timm with its pretrained weights, such as `timm/resnet18.a1_in1k`.

    Raises:
        WrongUse: timm is not installed, or knows no such network.
        TryAgain: the weights could not be downloaded.
    """
    timm = import_optional("timm", extra="timm")
    model = name.removeprefix(TIMM)
    network = _built(
        name, lambda: timm.create_model(model, pretrained=True, features_only=True, out_indices=_TIMM_STAGES)
    )
    configuration = timm.get_pretrained_cfg(model)
    return Adapted(name, network, configuration.mean, configuration.std)


def _built(name: str, build: Callable[[], nn.Module]) -> nn.Module:
    """Call `build`, whose errors are those of two libraries and of the network below them."""
    try:
        return build()
    except OSError as error:  # urllib's and requests' errors are of this kind
        raise TryAgain(f"the weights of {name} could not be downloaded: {error}") from error
    except (ValueError, KeyError, RuntimeError, IndexError) as error:
        raise WrongUse(f"{name} cannot be used as a backbone: {error}") from error
