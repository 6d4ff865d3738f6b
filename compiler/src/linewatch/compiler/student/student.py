"""The student: pictures in; score, anomaly map and embedding out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from linewatch.compiler.normal.normality import Normality
from linewatch.compiler.student.discriminator import Discriminator, strangeness
from linewatch.compiler.student.embedding import Embedding
from linewatch.compiler.student.motion import Motion
from linewatch.compiler.student.shape import DISCRIMINATOR, GAUSSIAN, MOTION, StudentShape
from linewatch.compiler.student.trunk import Projection, Stages, Trunk, pooled
from linewatch.compiler.teacher import FloatArray, UInt8Array

SMOOTH_CELLS = 3
BATCH = 8
_STACKS_RANK = 5


@dataclass(frozen=True)
class Opinion:
    """What one head says: scores [N], maps [N, h, w]."""

    scores: Tensor
    maps: Tensor


class Student(nn.Module):
    """Trunk and heads of one shape. Raw scores have no unit; `export` divides them by the threshold.

    Where there are two heads, each one's scores are divided by its `units` first, and the higher one counts.
    """

    units: Tensor

    def __init__(self, shape: StudentShape) -> None:
        super().__init__()
        self.shape = shape
        self.trunk = Trunk()
        if shape.has_normality:
            self.projection = Projection(shape.features)
            self.normality = Normality(shape.features, shape.grid)
        if DISCRIMINATOR in shape.heads:
            self.discriminator = Discriminator(shape.hidden)
        if MOTION in shape.heads:
            self.motion = Motion(shape.grid)
        self.embedding = Embedding(shape.grid, by_place=shape.has_normality)
        self.register_buffer("units", torch.ones(len(shape.heads)))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures uint8[N, 3, height, width] to scores [N], maps [N, h, w] and embeddings [N, C].

        Of stacks uint8[N, T, 3, height, width] the last picture is judged.
        """
        stages = self.trunk(_judged(pictures).float())
        opinions = self._opinions(stages, pictures)
        scores = torch.stack([one.scores / unit for one, unit in zip(opinions, self.units, strict=True)])
        maps = torch.stack([one.maps / unit for one, unit in zip(opinions, self.units, strict=True)])
        highest = maps.amax(0)
        return scores.amax(0), highest, self.embedding(self.trunk.standardised(stages), highest)

    def opinions(self, pictures: Tensor) -> list[Opinion]:
        """What each head says, in the order of `shape.heads`."""
        return self._opinions(self.trunk(_judged(pictures).float()), pictures)

    def _opinions(self, stages: Stages, pictures: Tensor) -> list[Opinion]:
        judges: Mapping[str, Callable[[], Opinion]] = {
            GAUSSIAN: lambda: self._by_normality(stages),
            DISCRIMINATOR: lambda: self._by_discriminator(stages),
            MOTION: lambda: self._by_motion(pictures),
        }
        return [judges[head]() for head in self.shape.heads]

    @property
    def has_normality(self) -> bool:
        """Whether it judges by what is normal at each place."""
        return self.shape.has_normality

    @property
    def discriminates(self) -> bool:
        """Whether it judges by what defects look like."""
        return DISCRIMINATOR in self.shape.heads

    def features(self, pictures: Tensor) -> Tensor:
        """Pictures uint8[N, 3, height, width] to the features [N, C, h, w] that the Gaussian judges."""
        return self.features_of(self.trunk(pictures.float()))

    def features_of(self, stages: Stages) -> Tensor:
        """The same of what the trunk gives."""
        features: Tensor = self.projection(self.trunk.standardised(pooled(stages)))
        return features

    def logits_of(self, stages: Stages) -> Tensor:
        """The discriminator's logits [N, h, w] of what the trunk gives."""
        logits: Tensor = self.discriminator(self.trunk.standardised(stages))
        return logits

    def _by_normality(self, stages: Stages) -> Opinion:
        deviations = self.normality.deviations(self.features_of(stages))
        return self._smooth(self.normality.on_grid(deviations.square().sum(dim=2).sqrt()))

    def _by_motion(self, stacks: Tensor) -> Opinion:
        return self._smooth(self.motion(stacks))

    def _smooth(self, cells: Tensor) -> Opinion:
        maps = functional.avg_pool2d(cells, SMOOTH_CELLS, 1, SMOOTH_CELLS // 2, count_include_pad=False)
        return Opinion(_top(maps, self.shape.score_cells), maps)

    def _by_discriminator(self, stages: Stages) -> Opinion:
        maps = strangeness(self.logits_of(stages))
        return Opinion(_top(maps, self.shape.found_cells), maps)

    @torch.no_grad()
    def fit(self, pictures: UInt8Array) -> None:
        """Learn what is normal from the pictures uint8[N, height, width, 3], or stacks uint8[N, T, height, width, 3].

        Raises:
            PictureError: the pictures do not differ.
        """
        self.eval()
        stages = [self.trunk(_judged(batch).float()) for batch in batches(pictures)]
        self.embedding.fit(torch.cat([self.trunk.standardised(one)[1] for one in stages]))
        if self.has_normality:
            self.normality.fit(torch.cat([self.features_of(one) for one in stages]))
        if MOTION in self.shape.heads:
            self.motion.fit(batches(pictures))

    @torch.no_grad()
    def scores(self, pictures: UInt8Array) -> FloatArray:
        """Raw scores float32[N] of pictures uint8[N, height, width, 3], or of stacks of them."""
        self.eval()
        scores: FloatArray = torch.cat([self(batch)[0] for batch in batches(pictures)]).numpy().astype(np.float32)
        return scores


def _top(maps: Tensor, cells: int) -> Tensor:
    return maps.flatten(1).topk(cells).values.mean(dim=1)


def batches(pictures: UInt8Array, size: int = BATCH) -> Iterator[Tensor]:
    """Pictures uint8[N, H, W, 3] as tensors uint8[<= size, 3, H, W], and stacks of them alike."""
    for start in range(0, len(pictures), size):
        yield torch.from_numpy(pictures[start : start + size]).movedim(-1, -3)


def _judged(pictures: Tensor) -> Tensor:
    """Of stacks [N, T, 3, H, W] the last picture each."""
    return pictures[:, -1] if pictures.ndim == _STACKS_RANK else pictures
