"""What the teacher asks of a pretrained network."""

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor


class Backbone(Protocol):
    """A frozen network in evaluation mode."""

    @property
    def name(self) -> str:
        """The name under which `choices.load_backbone` finds it again."""

    @property
    def weights_digest(self) -> str:
        """SHA-256 of the weights, so that a run can tell whether it meets the same ones."""

    def stages(self, frames: Tensor) -> Sequence[Tensor]:
        """Features of a few depths, finest first.

        Args:
            frames: float32[N, 3, H, W], RGB, 0..255; the network's own normalisation happens inside.

        Returns:
            float32[N, C_i, H_i, W_i] for each depth i.
        """
