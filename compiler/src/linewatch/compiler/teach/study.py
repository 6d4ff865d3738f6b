"""Shows a teacher what students are to learn on, once for students of any size."""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from linewatch.compiler.errors import PictureError, TeacherError, WrongUse
from linewatch.compiler.graph.shrink import COLOURS, Shrink
from linewatch.compiler.normal.moments import Moments, no_moments
from linewatch.compiler.normal.whitening import Whitening, learn_whitening
from linewatch.compiler.pictures import LabelledPicture
from linewatch.compiler.progress import Progress
from linewatch.compiler.sample import is_stack, stills
from linewatch.compiler.student.shape import GRID_PIXELS, StudentShape
from linewatch.compiler.teach.lessons import Components, Lessons
from linewatch.compiler.teach.material import learning_material, material_count
from linewatch.compiler.teacher import FloatArray, Teacher, UInt8Array

_STUDIED = 48
"""Components that are asked for; students of fewer features learn the strongest of them."""

_LIMIT = 15.0
"""Deviations beyond which a component counts as no larger."""

Size = tuple[int, int]
"""Height and width."""


def study(
    teacher: Teacher | None,
    good: Sequence[UInt8Array],
    labelled: Sequence[LabelledPicture],
    shrinks: Sequence[Shrink],
    shape: StudentShape,
    *,
    count: int,
    seed: int,
    progress: Progress,
) -> list[Lessons]:
    """Lessons on the same frames for students of each size, in the order of `shrinks`.

    The teacher sees the frames as it always does, whatever a student makes of them. A Gaussian is taught the teacher's
    features, a discriminator alone its anomaly maps.

    Args:
        teacher: what is learned; without one a discriminator learns where the defects are, and nothing else.
        good: samples of what is normal; of stacks, the teacher sees the frame that is judged.
        labelled: frames with labelled defects; may be empty.
        shrinks: how each student makes its picture of a frame.
        shape: the heads that are taught, and how many features.
        count: frames to make of the good ones.
        seed: of the frames.
        progress: told what is being done.

    Raises:
        WrongUse: the student has more features than its teacher.
        TeacherError: the teacher's features do not vary, or something it gave is not finite.
    """
    whitening, frames = None, stills(good)
    if shape.has_normality:
        assert teacher is not None
        if teacher.channels < shape.features:
            raise WrongUse(
                f"the student is to learn {shape.features} features, but its teacher has {teacher.channels}: "
                "give the student no more"
            )
        # As many for every student: products of other widths are rounded in other ways.
        whitening = _learn_components(teacher, frames, min(teacher.channels, max(shape.features, _STUDIED)), progress)
    whole = material_count(count, len(labelled))
    pictures = [np.empty((whole, *shrink.size, COLOURS), np.uint8) for shrink in shrinks]
    covers: list[list[npt.NDArray[np.float16]]] = [[] for _ in shrinks]
    answers: list[Tensor] = []
    for done, (frame, mask) in enumerate(learning_material(frames, labelled, count, seed)):
        for place, shrink in enumerate(shrinks):
            pictures[place][done] = shrink([frame])[0]
            covers[place].append(_cells(mask, _grid(shrink.size)))
        if teacher is not None:
            answers.append(_map(teacher, frame) if whitening is None else _components(teacher, whitening, frame))
        progress("ask the teacher", (done + 1) / whole)
    return [
        Lessons(
            pictures=pictures[place],
            covers=torch.from_numpy(np.stack(covers[place])),
            good=len(good),
            components=None if whitening is None else _weighed(whitening, _on_grid(answers, _grid(shrink.size))),
            maps=_on_grid(answers, _grid(shrink.size))[:, 0] if answers and whitening is None else None,
            cut=whitening is None,
            stacks=shrink(good) if is_stack(good[0]) else None,
        ).narrowed(shape.features)
        for place, shrink in enumerate(shrinks)
    ]


def _learn_components(teacher: Teacher, good: Sequence[UInt8Array], channels: int, progress: Progress) -> Whitening:
    """The `channels` strongest components of the teacher's features over the good frames."""
    moments: Moments | None = None
    for index, frame in enumerate(good):
        features = _features(teacher, frame)
        moments = (moments or no_moments(features)).plus(features)
        progress("read the teacher", (index + 1) / len(good))
    assert moments is not None
    try:
        return learn_whitening(moments, channels)
    except PictureError as error:
        raise TeacherError(
            "the teacher's features are the same everywhere; train the teacher again on pictures that differ"
        ) from error


def _weighed(whitening: Whitening, values: Tensor) -> Components:
    return Components(values=values, deviations=1 / whitening.matrix.norm(dim=0))


def _components(teacher: Teacher, whitening: Whitening, frame: UInt8Array) -> Tensor:
    """The teacher's features of a frame, float16[1, D, h, w], on its own grid."""
    cells = whitening.standardise(_features(teacher, frame))
    return whitening.components(cells).clamp(-_LIMIT, _LIMIT).permute(0, 3, 1, 2).half()


def _map(teacher: Teacher, frame: UInt8Array) -> Tensor:
    """The teacher's anomaly map of a frame, float16[1, 1, h, w], on its own grid."""
    maps = teacher.maps([frame])
    if not np.isfinite(maps).all():
        raise TeacherError("the teacher gave a map that is not of numbers; train the teacher again")
    return torch.from_numpy(maps)[None].half()


def _features(teacher: Teacher, frame: UInt8Array) -> Tensor:
    """float32[1, h, w, C]. One frame at a time: larger batches leave the processor's caches."""
    features = teacher.features([frame])
    if not np.isfinite(features).all():
        raise TeacherError("the teacher gave features that are not numbers; train the teacher again")
    return torch.from_numpy(np.ascontiguousarray(features))


def _on_grid(answers: Iterable[Tensor], grid: Size) -> Tensor:
    """Answers float16[1, D, h, w] of any grids as float16[N, D, rows, columns]."""
    return torch.cat(
        [
            answer
            if answer.shape[2:] == grid
            else functional.interpolate(answer.float(), grid, mode="bilinear", align_corners=False).half()
            for answer in answers
        ]
    )


def _grid(size: Size) -> Size:
    return size[0] // GRID_PIXELS, size[1] // GRID_PIXELS


def _cells(mask: FloatArray | None, grid: Size) -> npt.NDArray[np.float16]:
    if mask is None:
        return np.full(grid, np.nan, np.float16)
    return np.asarray(cv2.resize(mask, grid[::-1], interpolation=cv2.INTER_AREA), np.float16)
