import torch
from torch import Tensor, nn

from linewatch.cloud.training.backbones.optional_libraries import Adapted


class NamedStages(nn.Module):
    """Answers as torchvision's feature extractor does."""

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {"layer1": x, "layer2": 2 * x}


class ListedStages(nn.Module):
    """Answers as timm's feature networks do."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 4, 1)

    def forward(self, x: Tensor) -> list[Tensor]:
        return [x, self.layer(x)]


def test_frames_are_normalised_before_the_network() -> None:
    adapted = Adapted("torchvision/any", NamedStages(), mean=(0.5, 0.5, 0.5), deviation=(0.25, 0.5, 1.0))
    first, second = adapted.stages(torch.full((1, 3, 2, 2), 255.0))
    torch.testing.assert_close(first[0, :, 0, 0], torch.tensor([2.0, 1.0, 0.5]))
    torch.testing.assert_close(second, 2 * first)


def test_the_network_is_frozen_and_its_weights_have_a_digest() -> None:
    one, other = (Adapted("timm/any", ListedStages(), (0, 0, 0), (1, 1, 1)) for _ in range(2))
    assert one.weights_digest != other.weights_digest
    assert len(one.stages(torch.zeros(1, 3, 2, 2))) == 2
    assert not any(parameter.requires_grad for parameter in one.parameters())
    assert not one.network.training
