import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.teacher import UInt8Array

SIDE = 32


def frame(height: int, width: int, seed: int = 0) -> UInt8Array:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def taps(length: int, count: int) -> np.ndarray:
    """Places [SIDE, count] along a side of the frame."""
    return ((np.arange(SIDE)[:, None] + (np.arange(count) + 0.5) / count) * length / SIDE).astype(int)


@settings(max_examples=40, deadline=None)
@given(height=st.integers(8, 200), width=st.integers(8, 200), seed=st.integers(0, 9))
def test_each_pixel_is_the_mean_of_its_taps(height: int, width: int, seed: int) -> None:
    shrink, source = Shrink.for_frames(SIDE, height, width), frame(height, width, seed)
    rows, columns = taps(height, shrink.taps[0]), taps(width, shrink.taps[1])
    expected = source[rows].astype(float).mean(1)[:, columns].mean(2)
    # Each averaging of two rounds to a whole number: by a half at most, and half of that in the next.
    np.testing.assert_allclose(shrink([source])[0], expected, atol=2.1)


@given(height=st.integers(8, 4000), width=st.integers(8, 4000))
def test_no_pixel_of_the_frame_is_passed_over_by_more_than_one_and_a_half(height: int, width: int) -> None:
    rows, columns = Shrink.for_frames(SIDE, height, width).taps
    assert height / SIDE / rows <= 1.5
    assert width / SIDE / columns <= 1.5


def test_halving_is_the_mean_of_two_by_two() -> None:
    source = frame(2 * SIDE, 2 * SIDE)
    expected = source.reshape(SIDE, 2, SIDE, 2, 3).astype(float).mean((1, 3))
    np.testing.assert_allclose(Shrink(SIDE)([source])[0], expected, atol=0.76)


def test_a_frame_of_the_pictures_size_stays_as_it_is() -> None:
    source = frame(SIDE, SIDE)
    np.testing.assert_array_equal(Shrink(SIDE)([source])[0], source)


@pytest.mark.parametrize("size", [(1, 1), (5, 900), (31, 33), (2048, 2448)])
def test_frames_of_any_size_become_pictures(size: tuple[int, int]) -> None:
    plain = np.full((*size, 3), (10, 120, 250), np.uint8)
    made = Shrink(SIDE, (4, 2))([plain, frame(64, 64)])
    assert made.shape == (2, SIDE, SIDE, 3)
    assert (made[0] == (10, 120, 250)).all()


def test_no_frames_make_no_pictures() -> None:
    assert Shrink(SIDE)([]).shape == (0, SIDE, SIDE, 3)
