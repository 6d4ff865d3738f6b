"""What a student learns from: pictures, what the teacher says of them, and where they are defective."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from linewatch.compiler.student.shape import GRID_PIXELS
from linewatch.compiler.teacher import UInt8Array

WINDOW = 256
"""Pixels a side of what is cut out of larger pictures where the place does not matter."""

_WINDOW_STEP = 2 * GRID_PIXELS


@dataclass(frozen=True, kw_only=True)
class Components:
    """The teacher's features of each picture: their strongest principal components over good pictures.

    `values` float16[N, D, h, w] have variance 1 over good pictures; `deviations` [D] are those that each has in the
    features.
    """

    values: Tensor
    deviations: Tensor

    @property
    def importance(self) -> Tensor:
        """The share [D] that each component has in the features, with mean 1."""
        return self.deviations / self.deviations.mean()

    def strongest(self, count: int) -> "Components":
        """The `count` strongest, or all if there are no more."""
        if count >= self.values.shape[1]:
            return self
        return Components(values=self.values[:, :count].contiguous(), deviations=self.deviations[:count])


@dataclass(frozen=True, kw_only=True)
class Lessons:
    """Pictures uint8[N, H, W, 3], the first `good` of them normal, and what is known of them.

    `covers` float16[N, h, w] is how much of each cell is defective, 0..1; NaN where a picture is known to be defective
    and nobody drew where. `components` for a student that learns the teacher's features, `maps`
    float16[N, h, w] for one that learns its anomaly maps. `cut` says whether windows of the pictures may stand for
    them. `stacks` uint8[good, T, H, W, 3] are the normal pictures with those before them, for a student of stacks.
    """

    pictures: UInt8Array
    covers: Tensor
    good: int
    components: Components | None = None
    maps: Tensor | None = None
    cut: bool = False
    stacks: UInt8Array | None = None

    def narrowed(self, features: int) -> "Lessons":
        """The same for a student with fewer features."""
        return self if self.components is None else replace(self, components=self.components.strongest(features))

    @property
    def normal(self) -> UInt8Array:
        """What a student learns from what is normal: pictures, or stacks of them."""
        return self.pictures[: self.good] if self.stacks is None else self.stacks

    def draw(self, count: int, generator: torch.Generator) -> "Batch":
        """At most `count` pictures, or windows of them, at random."""
        chosen = torch.randint(len(self.pictures), (min(count, len(self.pictures)),), generator=generator)
        return self._batch(chosen, [self._window(int(index), generator) for index in chosen])

    def examples(self, count: int) -> UInt8Array:
        """At most `count` pictures or windows uint8[M, H, W, 3], evenly chosen, the same every time."""
        generator = torch.Generator().manual_seed(0)
        chosen = self.spread(count)
        windows = [self._window(index, generator) for index in chosen]
        return np.stack([_cut(self.pictures[index], window) for index, window in zip(chosen, windows, strict=True)])

    def spread(self, count: int) -> Sequence[int]:
        """Numbers of at most `count` pictures, evenly chosen."""
        last = len(self.pictures) - 1
        return [round(index) for index in np.linspace(0, last, min(count, len(self.pictures)))]

    def _batch(self, chosen: Tensor, windows: Sequence["Window"]) -> "Batch":
        pictures = np.stack([_cut(self.pictures[index], place) for index, place in zip(chosen, windows, strict=True)])
        return Batch(
            pictures=torch.from_numpy(pictures).permute(0, 3, 1, 2),
            covers=_cut_cells(self.covers, chosen, windows),
            components=None if self.components is None else self.components.values[chosen].float(),
            maps=None if self.maps is None else _cut_cells(self.maps, chosen, windows),
        )

    def _window(self, index: int, generator: torch.Generator) -> "Window":
        """A window of one picture; where there are defects, half of the windows hold one."""
        height, width = self.pictures.shape[1:3]
        if not self.cut:
            return Window(0, 0, height, width)
        size = (min(height, WINDOW), min(width, WINDOW))
        found = (self.covers[index] > 0).nonzero()
        wanted = None
        if len(found) and float(torch.rand(1, generator=generator)) < 0.5:
            wanted = found[int(torch.randint(len(found), (1,), generator=generator))]
        places = [
            _place(length, side, None if wanted is None else GRID_PIXELS * int(wanted[axis]), generator)
            for axis, (length, side) in enumerate(zip((height, width), size, strict=True))
        ]
        return Window(places[0], places[1], *size)


@dataclass(frozen=True)
class Window:
    """A part of a picture, in pixels; corners lie on cells of the coarsest stage."""

    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Some of the lessons: pictures uint8[N, 3, H, W], and float32 of what is known of them."""

    pictures: Tensor
    covers: Tensor
    components: Tensor | None
    maps: Tensor | None


def _place(length: int, side: int, wanted: int | None, generator: torch.Generator) -> int:
    """Where a window of `side` pixels begins: anywhere, or so that it holds the pixel `wanted`."""
    first, last = 0, length - side
    if wanted is not None:
        first, last = max(0, wanted + GRID_PIXELS - side), min(last, wanted)
    steps = range(-(-first // _WINDOW_STEP), last // _WINDOW_STEP + 1)
    if not len(steps):
        return _WINDOW_STEP * (last // _WINDOW_STEP)
    return _WINDOW_STEP * steps[int(torch.randint(len(steps), (1,), generator=generator))]


def _cut(picture: UInt8Array, window: Window) -> UInt8Array:
    return picture[window.top : window.top + window.height, window.left : window.left + window.width]


def _cut_cells(values: Tensor, chosen: Tensor, windows: Sequence[Window]) -> Tensor:
    return torch.stack(
        [
            values[
                index,
                window.top // GRID_PIXELS : (window.top + window.height) // GRID_PIXELS,
                window.left // GRID_PIXELS : (window.left + window.width) // GRID_PIXELS,
            ].float()
            for index, window in zip(chosen.tolist(), windows, strict=True)
        ]
    )
