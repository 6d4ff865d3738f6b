import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.cloud.training.teachers.good_pictures import GoodPictures


def pictures(count: int) -> GoodPictures:
    return GoodPictures(count=count, read=lambda index: np.full((1, 1, 3), index % 256, np.uint8))


@given(count=st.integers(4, 5000))
def test_held_and_learned_pictures_are_all_and_never_the_same(count: int) -> None:
    good = pictures(count)
    assert sorted([*good.held, *good.fit]) == list(range(count))
    assert 1 <= len(good.held) <= min(256, count // 4)


@given(count=st.integers(1, 500), wanted=st.integers(1, 60))
def test_a_spread_choice_reaches_from_first_to_last(count: int, wanted: int) -> None:
    chosen = list(pictures(count).spread(wanted))
    assert len(chosen) == len(set(chosen)) == min(count, wanted)
    assert chosen[0] == 0
    assert wanted == 1 or chosen[-1] == count - 1


def test_frames_are_read_one_by_one() -> None:
    assert [int(frame[0, 0, 0]) for frame in pictures(9).frames([2, 7])] == [2, 7]
    with pytest.raises(StopIteration):
        next(pictures(9).frames([]))
