"""Removed channels are gone from every layer that makes, filters, normalises or reads them, and from no other."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from linewatch.compiler.prune.dependencies import Dependencies
from linewatch.compiler.student.efficientnet_lite import Block, EfficientNetLite, SameConv, load

PICTURE = torch.randint(0, 256, (1, 3, 64, 96), generator=torch.Generator().manual_seed(0)).float()


def network() -> EfficientNetLite:
    return load().requires_grad_(True)


def expected(tensors: dict[str, Tensor], number: int, kept: Tensor) -> dict[str, Tensor]:
    """The state of a network of which one block keeps only some inner channels, written out layer by layer."""
    first = f"blocks.{number}.expand" if number else "stem"
    makers = (f"{first}_conv", f"{first}_norm", f"blocks.{number}.depthwise_conv", f"blocks.{number}.depthwise_norm")
    changed = dict(tensors)
    for name, value in tensors.items():
        layer = name.rpartition(".")[0]
        if layer in makers and value.ndim:
            changed[name] = value[kept]
        elif layer == f"blocks.{number}.project_conv":
            changed[name] = value[:, kept]
    return changed


@settings(max_examples=12)
@given(number=st.integers(0, 10), seed=st.integers(0, 999), share=st.floats(0.1, 0.9))
def test_the_same_channels_are_left_everywhere(number: int, seed: int, share: float) -> None:
    pruned = network()
    block = pruned.blocks[number]
    assert isinstance(block, Block)
    inner = block.depthwise_conv.out_channels
    order = torch.randperm(inner, generator=torch.Generator().manual_seed(seed))
    kept = order[: max(1, int(inner * share))].sort().values
    wanted = expected(network().state_dict(), number, kept)
    Dependencies(pruned).keep(block.expand_conv if block.expands else pruned.stem_conv, kept)
    found = pruned.state_dict()
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)
    depthwise = block.depthwise_conv
    assert depthwise.in_channels == depthwise.out_channels == depthwise.groups == len(kept)


def test_a_pruned_network_computes_what_the_whole_one_does_without_those_channels() -> None:
    whole, pruned = network(), network()
    kept = torch.arange(0, 240, 3)
    dependencies = Dependencies(pruned)
    for number in (5, 6):
        silent, block = whole.blocks[number], pruned.blocks[number]
        assert isinstance(silent, Block)
        assert isinstance(block, Block)
        gone = torch.ones(silent.project_conv.in_channels, dtype=torch.bool)
        gone[kept] = False
        with torch.no_grad():
            silent.project_conv.weight[:, gone] = 0
        dependencies.keep(block.expand_conv, kept)
    with torch.no_grad():
        for found, wanted in zip(pruned.stages(PICTURE), whole.stages(PICTURE), strict=True):
            torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)
    convolutions = [module for module in pruned.modules() if isinstance(module, nn.Conv2d)]
    assert all(type(conv) is SameConv for conv in convolutions)


@pytest.mark.parametrize(("number", "group"), [(1, (1, 2)), (3, (3, 4)), (5, (5, 6, 7)), (8, (8, 9, 10))])
def test_outputs_that_additions_tie_together_go_together(number: int, group: tuple[int, ...]) -> None:
    pruned = network()
    before = [block.project_conv.out_channels for block in pruned.blocks if isinstance(block, Block)]
    first = pruned.blocks[number]
    assert isinstance(first, Block)
    Dependencies(pruned).keep(first.project_conv, torch.arange(0, before[number], 2))
    after = [block.project_conv.out_channels for block in pruned.blocks if isinstance(block, Block)]
    assert after == [count // 2 if index in group else count for index, count in enumerate(before)]
    assert len(pruned.stages(PICTURE)) == 3
