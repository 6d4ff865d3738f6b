"""Lets the channels that pruning left do the work of those that it took, block by block and in closed form.

Each block's projection is solved anew, by least squares, so that the block gives what it gave in the whole network:
channel pruning after He et al. (ICCV 2017). The blocks follow one another, and each makes good what those before it
could not.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from linewatch.compiler.student.efficientnet_lite import Block, EfficientNetLite
from linewatch.compiler.teach.ridge import ridge

_CELLS = 60_000
"""Positions that one block is solved on, at most."""
_BATCH = 8


@torch.no_grad()
def reconstruct(network: EfficientNetLite, whole: EfficientNetLite, pictures: Tensor, *, seed: int) -> None:
    """Solve the projections of the pruned `network` in place.

    Args:
        network: a pruned copy of `whole`, in evaluation mode as that is.
        whole: the network before pruning.
        pictures: uint8[N, 3, S, S] to solve on; a few dozen are enough.
        seed: of the choice of positions.
    """
    generator = torch.Generator().manual_seed(seed)
    x, wanted = _all(network.stem, pictures), _all(whole.stem, pictures)
    for block, model in zip(network.blocks, whole.blocks, strict=True):
        assert isinstance(block, Block)
        wanted = _all(model, wanted)
        inner = _all(block.inner, x)
        _solve(block, inner, wanted - x if block.adds else wanted, generator)
        x = _all(block, x)


def _solve(block: Block, inner: Tensor, wanted: Tensor, generator: torch.Generator) -> None:
    """Set the projection of inner [N, C, h, w] to wanted [N, D, h, w]; its normalisation keeps its scale."""
    norm = block.project_norm
    assert norm.running_mean is not None
    assert norm.running_var is not None
    rows, targets = (values.movedim(1, -1).flatten(0, 2) for values in (inner, wanted))
    if len(rows) > _CELLS:
        chosen = torch.randperm(len(rows), generator=generator)[:_CELLS]
        rows, targets = rows[chosen], targets[chosen]
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    weight, bias = ridge(rows, (targets - norm.bias) / scale)
    block.project_conv.weight.copy_(weight[:, :, None, None])
    norm.running_mean.copy_(-bias)


def _all(layer: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    return torch.cat([layer(x[start : start + _BATCH].float()) for start in range(0, len(x), _BATCH)])
