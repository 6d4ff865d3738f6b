"""What a student learns from: pictures, and the teacher's features of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from linewatch.compiler.errors import PictureError, TeacherError
from linewatch.compiler.normal.moments import Moments, no_moments
from linewatch.compiler.normal.whitening import Whitening, learn_whitening
from linewatch.compiler.progress import Progress
from linewatch.compiler.teacher import Teacher, UInt8Array

_LIMIT = 15.0
"""Deviations beyond which a component counts as no larger."""


@dataclass(frozen=True, kw_only=True)
class Lessons:
    """Pictures uint8[N, S, S, 3], the first `good` of them normal, and the teacher's components float16[N, D, h, w].

    The components are the strongest principal ones of the teacher's features over good pictures, each of variance 1;
    `importance` [D] is the share that each has in the features, with mean 1.
    """

    pictures: UInt8Array
    components: Tensor
    importance: Tensor
    good: int


def learn_components(teacher: Teacher, good: UInt8Array, channels: int, progress: Progress) -> Whitening:
    """The `channels` strongest components of the teacher's features over the good pictures uint8[N, S, S, 3].

    Raises:
        TeacherError: the features do not vary or are not finite.
    """
    moments: Moments | None = None
    for index in range(len(good)):
        features = _features(teacher, good[index])
        moments = (moments or no_moments(features)).plus(features)
        progress("read the teacher", (index + 1) / len(good))
    assert moments is not None
    try:
        return learn_whitening(moments, channels)
    except PictureError as error:
        raise TeacherError(
            "the teacher's features are the same everywhere; train the teacher again on pictures that differ"
        ) from error


def read_lessons(
    teacher: Teacher, whitening: Whitening, pictures: UInt8Array, good: int, grid: int, progress: Progress
) -> Lessons:
    """What the teacher says of the pictures, the first `good` of them normal, on a grid of `grid` x `grid` cells."""
    parts: list[Tensor] = []
    for index in range(len(pictures)):
        cells = whitening.standardise(_features(teacher, pictures[index]))
        components = whitening.components(cells).clamp(-_LIMIT, _LIMIT).permute(0, 3, 1, 2)
        if components.shape[2:] != (grid, grid):
            components = functional.interpolate(components, (grid, grid), mode="bilinear", align_corners=False)
        parts.append(components.half())
        progress("ask the teacher", (index + 1) / len(pictures))
    importance = 1 / whitening.matrix.norm(dim=0)
    return Lessons(pictures=pictures, components=torch.cat(parts), importance=importance / importance.mean(), good=good)


def _features(teacher: Teacher, picture: UInt8Array) -> Tensor:
    """float32[1, h, w, C]. One picture at a time: larger batches leave the processor's caches."""
    features = teacher.features([picture])
    if not np.isfinite(features).all():
        raise TeacherError("the teacher gave features that are not numbers; train the teacher again")
    return torch.from_numpy(np.ascontiguousarray(features))


def spread(lessons: Lessons, count: int) -> Sequence[int]:
    """Indices of at most `count` pictures, evenly chosen."""
    return [round(index) for index in np.linspace(0, len(lessons.pictures) - 1, min(count, len(lessons.pictures)))]
