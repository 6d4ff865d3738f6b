"""The students that a search chooses from: how wide, and how large the picture is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from linewatch.compiler.prune.prune import PruneSettings
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.student.efficientnet_lite import BLOCKS, STEM_CHANNELS
from linewatch.compiler.student.shape import LEAST_SIDE, SIDE_STEP, StudentShape

LONGEST_SIDE = 640
"""Pixels of a picture's longer side that no search goes beyond by itself."""

_SIZES = (0.5, 0.625, 0.75, 0.875, 1.0, 1.25, 1.5)
"""Sides of the picture, beside those of the size that suits the pictures."""


@dataclass(frozen=True, kw_only=True)
class Width:
    """`scale` of the channels that pruning keeps by default, and `features` of the head."""

    scale: float
    features: int


WIDTHS = (
    Width(scale=0.25, features=24),
    Width(scale=0.5, features=32),
    Width(scale=0.75, features=48),
    Width(scale=1.0, features=48),
    Width(scale=1.5, features=48),
    Width(scale=2.5, features=48),
)
"""From 0.06 to 0.32 GMAC for pictures of 256 x 256 pixels; the network before pruning has 0.32."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One student that might be made."""

    scale: float
    shape: StudentShape
    prune: PruneSettings

    @property
    def name(self) -> str:
        """Size of the picture and width, as people read them."""
        return f"{self.shape.height} x {self.shape.width}, width {self.scale:g}"

    @property
    def macs(self) -> int:
        """Multiplications of the trunk for one picture."""
        return multiplications(self.prune.kept, self.shape.size)

    @classmethod
    def of(cls, settings: CompileSettings) -> "Candidate":
        """The student that the settings make."""
        return cls(scale=1.0, shape=settings.student, prune=settings.prune)

    def applied(self, settings: CompileSettings) -> CompileSettings:
        """The settings that make this student."""
        return replace(settings, student=self.shape, prune=self.prune)


def candidates(settings: CompileSettings, *, fixed_size: bool) -> list[Candidate]:
    """Every width at every size around the settings' own, the smallest picture first and then the narrowest.

    With `fixed_size` the picture keeps its size.
    """
    sizes = [settings.student.size] if fixed_size else _sizes(settings.student.size)
    return [
        Candidate(
            scale=width.scale,
            shape=replace(
                settings.student,
                height=height,
                width=row,
                features=min(width.features, settings.student.features),
            ),
            prune=settings.prune.scaled(width.scale),
        )
        for height, row in sizes
        for width in WIDTHS
    ]


def multiplications(kept: Sequence[int], size: tuple[int, int]) -> int:
    """Multiplications of a trunk that keeps so many inner channels a block, for a picture of (height, width)."""
    cells, number = size[0] * size[1] // 4, 0
    total = 27 * min(STEM_CHANNELS, kept[0]) * cells
    for inputs, outputs, kernel, stride, expansion, repeats in BLOCKS:
        for turn in range(repeats):
            channels = inputs if turn == 0 else outputs
            inner = min(kept[number], channels * expansion)
            total += channels * inner * cells if expansion > 1 else 0
            cells //= (stride if turn == 0 else 1) ** 2
            total += inner * (kernel**2 + outputs) * cells
            number += 1
    return total


def _sizes(base: tuple[int, int]) -> list[tuple[int, int]]:
    """Sizes of about the same proportions, `base` among them; none beyond the longest side but `base` itself."""
    found = {base}
    for scale in _SIZES:
        height, width = (max(LEAST_SIDE, SIDE_STEP * round(scale * side / SIDE_STEP)) for side in base)
        if scale <= 1 or max(height, width) <= LONGEST_SIDE:
            found.add((height, width))
    return sorted(found, key=lambda size: (size[0] * size[1], size))
