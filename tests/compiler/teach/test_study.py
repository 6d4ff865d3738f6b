from collections.abc import Sequence

import numpy as np
import pytest

from blurred import BlurTeacher
from linewatch.compiler.errors import TeacherError, WrongUse
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.pictures import LabelledPicture
from linewatch.compiler.progress import silent
from linewatch.compiler.student.shape import DISCRIMINATOR, StudentShape
from linewatch.compiler.teach.lessons import Lessons
from linewatch.compiler.teach.study import study
from linewatch.compiler.teacher import FloatArray, Teacher, UInt8Array

GOOD = [np.random.default_rng(seed).integers(60, 200, (96, 128, 3), dtype=np.uint8) for seed in range(6)]
SIZES = ((64, 96), (96, 64))


def studied(teacher: Teacher, shape: StudentShape, labelled: int = 0) -> list[Lessons]:
    shrinks = [Shrink.for_frames(size, 96, 128) for size in SIZES]
    marked = [LabelledPicture(frame=frame, kind="dent") for frame in GOOD[:labelled]]
    return study(teacher, GOOD, marked, shrinks, shape, count=24, seed=0, progress=silent)


def test_every_size_shows_the_same_frames() -> None:
    for lessons, size in zip(studied(BlurTeacher(GOOD), StudentShape(features=4), labelled=1), SIZES, strict=True):
        grid = (size[0] // 8, size[1] // 8)
        assert lessons.pictures.shape == (34, *size, 3)
        assert lessons.covers.shape == (34, *grid)
        np.testing.assert_array_equal(lessons.pictures[:6], Shrink.for_frames(size, 96, 128)(GOOD))
        assert not lessons.covers[:6].any()
        assert lessons.covers[6:24].any()
        assert lessons.covers[24:].isnan().all()
        assert lessons.components is not None
        assert lessons.components.values.shape == (34, 4, *grid)
        assert (lessons.good, lessons.maps, lessons.cut) == (6, None, False)


def test_components_vary_alike_over_good_frames() -> None:
    first, second = studied(BlurTeacher(GOOD), StudentShape(features=4))
    assert first.components is not None
    assert second.components is not None
    spread = first.components.values[:6].float().var(dim=(0, 2, 3))
    assert float(spread.max()) == pytest.approx(1, abs=0.6)
    apart = first.components.values.float().mean((2, 3)) - second.components.values.float().mean((2, 3))
    assert float(apart.abs().max()) < 0.5


def test_a_discriminator_alone_is_taught_maps_and_windows() -> None:
    for lessons in studied(BlurTeacher(GOOD), StudentShape(heads=(DISCRIMINATOR,))):
        assert lessons.components is None
        assert lessons.maps is not None
        assert lessons.maps.shape == lessons.covers.shape
        assert lessons.cut


def test_a_teacher_that_gives_no_numbers_is_refused() -> None:
    class Broken(BlurTeacher):
        def features(self, frames: Sequence[UInt8Array]) -> FloatArray:
            return np.full((1, 12, 16, 12), np.nan, np.float32)

    with pytest.raises(TeacherError, match="not numbers"):
        studied(Broken(GOOD), StudentShape(features=4))


def test_a_teacher_that_sees_no_difference_is_refused() -> None:
    class Blind(BlurTeacher):
        def features(self, frames: Sequence[UInt8Array]) -> FloatArray:
            return np.ones((1, 12, 16, 12), np.float32)

    with pytest.raises(TeacherError, match="same everywhere"):
        studied(Blind(GOOD), StudentShape(features=4))


def test_a_student_cannot_learn_more_features_than_there_are() -> None:
    with pytest.raises(WrongUse, match="its teacher has 12"):
        studied(BlurTeacher(GOOD), StudentShape(features=13))
