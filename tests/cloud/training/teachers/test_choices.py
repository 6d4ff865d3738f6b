import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.cloud.errors import WrongUse
from linewatch.cloud.training.teachers.choices import (
    AUTO,
    LONGEST_SIDE,
    SMALL_SIZE,
    TEACHERS,
    check_kind,
    choose,
    close_size,
)
from linewatch.cloud.training.teachers.evidence import SUITED
from linewatch.cloud.training.teachers.good_pictures import GoodPictures
from linewatch.compiler.student import efficientnet_lite
from linewatch.compiler.student.shape import check_size
from linewatch.compiler.teacher import UInt8Array


def part(seed: int) -> UInt8Array:
    """A bright disc in its place, with a little noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:160, :240]
    disc = 120.0 * ((x - 120) ** 2 + (y - 80) ** 2 < 50**2)
    picture = 60 + disc[..., None] + random.normal(0, 4, (160, 240, 3))
    return np.asarray(picture.clip(0, 255), np.uint8)


def cut_out(seed: int) -> UInt8Array:
    """Bars and discs of all sizes, dark on bright or the other way round, anywhere."""
    random = np.random.default_rng(seed)
    picture = np.full((160, 240), 255, np.uint8)
    for _ in range(int(random.integers(5, 60))):
        place, value = (int(random.integers(240)), int(random.integers(160))), int(random.integers(2)) * 255
        if random.random() < 0.5:
            size = np.exp(random.uniform(1, 4.5, 2)).astype(int)
            cv2.rectangle(picture, place, (place[0] + int(size[0]), place[1] + int(size[1])), value, -1)
        else:
            cv2.circle(picture, place, int(np.exp(random.uniform(1, 3.5))), value, -1)
    return np.repeat(picture[..., None], 3, axis=2)


def test_parts_in_their_place_get_a_gaussian_and_cut_outs_a_discriminator() -> None:
    backbone = efficientnet_lite.load()
    aligned = choose(AUTO, None, backbone, GoodPictures(count=16, read=part))
    assert (aligned.kind, aligned.size) == ("gaussian", SMALL_SIZE)
    lost = choose(AUTO, None, backbone, GoodPictures(count=24, read=cut_out))
    assert (lost.kind, lost.size) == ("discriminator", (160, 256))
    assert lost.evidence < SUITED < aligned.evidence
    assert aligned.by_place
    assert not lost.by_place


def test_what_the_user_chose_stays() -> None:
    good = GoodPictures(count=12, read=part)
    chosen = choose("memory-bank", (128, 192), efficientnet_lite.load(), good)
    assert (chosen.kind, chosen.size) == ("memory-bank", (128, 192))


@given(height=st.integers(32, 5000), width=st.integers(32, 5000))
def test_the_close_size_can_be_had_and_is_no_larger_than_useful(height: int, width: int) -> None:
    size = check_size(close_size(height, width))
    assert max(size) <= LONGEST_SIDE
    scale = min(1, LONGEST_SIDE / max(height, width))
    assert all(
        abs(side - scale * length) <= 16 or side == 64 for side, length in zip(size, (height, width), strict=True)
    )


def test_an_unknown_teacher_is_refused_by_name() -> None:
    assert [check_kind(kind) for kind in (AUTO, *TEACHERS)] == [AUTO, *TEACHERS]
    with pytest.raises(WrongUse, match="did you mean 'gaussian'"):
        check_kind("gausian")
