"""The teacher's features as a student learns them: fewer channels, each of variance 1."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from linewatch.compiler.errors import TeacherError
from linewatch.compiler.progress import Progress
from linewatch.compiler.teacher import Teacher, UInt8Array

_LEARN_FROM = 64
_BATCH = 16
_LEAST_VARIANCE = 1e-10
_LIMIT = 6.0


@dataclass(frozen=True, kw_only=True)
class Whitening:
    """Principal components of the teacher's features over good pictures.

    `mean` [C], `matrix` [C, D], `importance` [D]: the share of each component, with mean 1.
    """

    mean: Tensor
    matrix: Tensor
    importance: Tensor

    def __call__(self, features: Tensor) -> Tensor:
        """Features [N, h, w, C] to components [N, h, w, D], limited to +-6 deviations."""
        return ((features - self.mean) @ self.matrix).clamp(-_LIMIT, _LIMIT)


def learn_whitening(teacher: Teacher, good: Sequence[UInt8Array], channels: int) -> Whitening:
    """The `channels` strongest components of the teacher's features over good pictures.

    Raises:
        TeacherError: the features do not vary or are not finite.
    """
    step = max(1, len(good) // _LEARN_FROM)
    count, total, product = 0, torch.zeros(1, dtype=torch.double), torch.zeros(1, dtype=torch.double)
    for start in range(0, len(good), _BATCH * step):
        cells = torch.from_numpy(_features(teacher, good[start : start + _BATCH * step : step])).flatten(0, 2).double()
        count, total, product = count + len(cells), total + cells.sum(0), product + cells.T @ cells
    mean = total / count
    covariance = product / count - torch.outer(mean, mean)
    values, vectors = torch.linalg.eigh(covariance)
    values, vectors = values.flip(0)[:channels], vectors.flip(1)[:, :channels]
    if not bool(torch.isfinite(values).all()) or float(values[0]) < _LEAST_VARIANCE:
        raise TeacherError(
            "the teacher's features are the same everywhere; train the teacher again on pictures that differ"
        )
    values = values.clamp_min(_LEAST_VARIANCE * float(values[0]))
    importance = values.sqrt()
    return Whitening(
        mean=mean.float(), matrix=(vectors / values.sqrt()).float(), importance=(importance / importance.mean()).float()
    )


def lesson(
    teacher: Teacher, whitening: Whitening, pictures: UInt8Array, grid: int, progress: Progress, stage: str
) -> Tensor:
    """What the teacher says of the pictures: float16[N, D, grid, grid]."""
    parts: list[Tensor] = []
    for start in range(0, len(pictures), _BATCH):
        cells = torch.from_numpy(_features(teacher, pictures[start : start + _BATCH]))
        components = whitening(cells).permute(0, 3, 1, 2)
        if components.shape[2:] != (grid, grid):
            components = functional.interpolate(components, (grid, grid), mode="bilinear", align_corners=False)
        parts.append(components.half())
        progress(stage, min(1.0, (start + _BATCH) / len(pictures)))
    return torch.cat(parts)


def _features(
    teacher: Teacher, pictures: UInt8Array | Sequence[UInt8Array]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    features = teacher.features(list(pictures))
    if not np.isfinite(features).all():
        raise TeacherError("the teacher gave features that are not numbers; train the teacher again")
    return np.ascontiguousarray(features)
