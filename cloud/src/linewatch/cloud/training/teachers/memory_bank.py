"""A bank of normal patches: a patch is as strange as it is far from the nearest of them, wherever it lies.

Roth et al., "Towards Total Recall in Industrial Anomaly Detection" (PatchCore), CVPR 2022. Distances are measured
between whitened components instead of raw features.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from linewatch.cloud.training.progress import Progress
from linewatch.cloud.training.teachers.good_pictures import GoodPictures
from linewatch.cloud.training.teachers.patch_teacher import PatchTeacher
from linewatch.cloud.training.teachers.patches import PatchReader
from linewatch.compiler.normal.moments import Moments, no_moments
from linewatch.compiler.normal.whitening import Whitening, learn_whitening
from linewatch.compiler.prove.metrics import threshold_for_false_alarms
from linewatch.compiler.teacher import UInt8Array
from linewatch.native.coreset import greedy_coreset

COMPONENTS = 64
PATCHES = 4000
"""Patches in the bank."""

_CANDIDATES = 100_000
"""Patches that the bank is chosen from."""


class MemoryBankTeacher(PatchTeacher):
    """Needs no alignment, and finds what resembles no patch of the good pictures."""

    kind: ClassVar[str] = "memory-bank"

    def __init__(self, patches: PatchReader, whitening: Whitening, threshold: float, bank: Tensor) -> None:
        """`bank` float32[P, D]: components of normal patches."""
        super().__init__(patches, whitening, threshold)
        self._bank = bank

    def strangeness(self, frames: Sequence[UInt8Array]) -> Tensor:
        """Distances to the nearest patch of the bank, float32[N, h, w], divided by the root of D."""
        components = _components(self.whitening, self.patches(frames))
        nearest = torch.cdist(components.flatten(0, 2), self._bank).amin(1)
        distances: Tensor = nearest.reshape(components.shape[:3]) / math.sqrt(components.shape[-1])
        return distances

    def learned(self) -> dict[str, Tensor]:
        """The bank."""
        return {"bank": self._bank}

    @classmethod
    def again(cls, patches: PatchReader, whitening: Whitening, threshold: float, learned: Mapping[str, Tensor]) -> Self:
        """See `PatchTeacher.again`."""
        return cls(patches, whitening, threshold, learned["bank"])

    @classmethod
    def learn(
        cls, patches: PatchReader, good: GoodPictures, *, false_alarm_rate: float, seed: int, progress: Progress
    ) -> Self:
        """Fill the bank from three quarters of the pictures, and set the threshold from the others.

        Raises:
            PictureError: the pictures are all the same.
        """
        random = np.random.default_rng(seed)
        each = max(1, _CANDIDATES // len(good.fit))
        moments: Moments | None = None
        candidates: list[Tensor] = []
        for features in _read(patches, good, good.fit, progress):
            moments = (moments or no_moments(features)).plus(features)
            rows = features.flatten(0, 2)
            candidates.append(rows[random.permutation(len(rows))[:each]])
        assert moments is not None
        whitening = learn_whitening(moments, COMPONENTS)
        rows = _components(whitening, torch.cat(candidates)).contiguous()
        count = min(PATCHES, len(rows))
        chosen = greedy_coreset(
            rows.numpy(),
            count,
            threads=torch.get_num_threads(),
            progress=lambda done: progress("filling the bank", done, count),
        )
        progress("filling the bank", count, count)
        teacher = cls(patches, whitening, 0.0, rows[torch.from_numpy(chosen)].contiguous())
        scores = [teacher.scores([frame]) for frame in good.frames(good.held)]
        teacher.threshold = threshold_for_false_alarms(np.concatenate(scores), false_alarm_rate)
        return teacher


def _read(patches: PatchReader, good: GoodPictures, numbers: Sequence[int], progress: Progress) -> Iterator[Tensor]:
    for done, frame in enumerate(good.frames(numbers)):
        progress("reading features", done, len(numbers))
        yield patches([frame])
    progress("reading features", len(numbers), len(numbers))


def _components(whitening: Whitening, features: Tensor) -> Tensor:
    return whitening.components(whitening.standardise(features))
