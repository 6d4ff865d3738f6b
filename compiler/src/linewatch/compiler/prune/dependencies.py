"""Removes channels together with all that depends on them, found by tracing: Fang et al., "DepGraph", CVPR 2023.

The one place that knows Torch-Pruning. Only its graph of dependencies is used: which channels matter is decided in
`prune`.
"""

import torch
import torch_pruning  # type: ignore[import-untyped]
from torch import Tensor, nn

from linewatch.compiler.student.efficientnet_lite import EfficientNetLite

_TRACED_SIDE = 64


class Dependencies:
    """What depends on what in a network, as it is traced now; kept up to date while channels are removed."""

    def __init__(self, network: EfficientNetLite) -> None:
        """Trace `network`, whose parameters require gradients; leaves it in evaluation mode."""
        picture = torch.zeros(1, 3, _TRACED_SIDE, _TRACED_SIDE)
        with torch.enable_grad():
            self._graph = torch_pruning.DependencyGraph().build_dependency(
                network, picture, forward_fn=EfficientNetLite.stages, verbose=False
            )

    def keep(self, conv: nn.Conv2d, kept: Tensor) -> None:
        """Keep only the outputs `kept` (int64, ascending) of `conv`, and of all layers that share or read them."""
        removed = sorted(set(range(conv.out_channels)) - set(kept.tolist()))
        self._graph.get_pruning_group(conv, torch_pruning.prune_conv_out_channels, idxs=removed).prune()
