import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.teacher import UInt8Array
from linewatch.protos.bundle.check import MAX_FRAME_SIDE

SIZE = (32, 48)


def frame(height: int, width: int, seed: int = 0) -> UInt8Array:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def taps(length: int, side: int, count: int) -> np.ndarray:
    """Places [side, count] along a side of the frame of `length` pixels."""
    return ((np.arange(side)[:, None] + (np.arange(count) + 0.5) / count) * length / side).astype(int)


@settings(max_examples=40)
@given(height=st.integers(8, 200), width=st.integers(8, 200), seed=st.integers(0, 9))
def test_each_pixel_is_the_mean_of_its_taps(height: int, width: int, seed: int) -> None:
    shrink, source = Shrink.for_frames(SIZE, height, width), frame(height, width, seed)
    rows, columns = taps(height, SIZE[0], shrink.taps[0]), taps(width, SIZE[1], shrink.taps[1])
    expected = source[rows].astype(float).mean(1)[:, columns].mean(2)
    # Each averaging of two rounds to a whole number: by a half at most, and half of that in the next.
    np.testing.assert_allclose(shrink([source])[0], expected, atol=2.1)


@given(height=st.integers(8, 4000), width=st.integers(8, 4000))
def test_no_pixel_of_the_frame_is_passed_over_by_more_than_one_and_a_half(height: int, width: int) -> None:
    rows, columns = Shrink.for_frames(SIZE, height, width).taps
    assert height / SIZE[0] / rows <= 1.5
    assert width / SIZE[1] / columns <= 1.5


@settings(max_examples=40)
@given(height=st.integers(8, 300), width=st.integers(8, 300), made_for=st.tuples(*[st.integers(32, 300)] * 2))
def test_a_frame_of_the_sampled_pixels_alone_is_seen_just_as_the_whole(
    height: int, width: int, made_for: tuple[int, int]
) -> None:
    shrink, source = Shrink.for_frames(SIZE, *made_for), frame(height, width)
    less = source
    for axis, (parts, side) in enumerate(zip(shrink.sampled, (height, width), strict=True)):
        if parts < side:
            less = less.take((2 * np.arange(parts) + 1) * side // (2 * parts), axis=axis)
    np.testing.assert_array_equal(shrink([less])[0], shrink([source])[0])


def test_halving_is_the_mean_of_two_by_two() -> None:
    height, width = SIZE
    source = frame(2 * height, 2 * width)
    expected = source.reshape(height, 2, width, 2, 3).astype(float).mean((1, 3))
    np.testing.assert_allclose(Shrink(SIZE)([source])[0], expected, atol=0.76)


def test_a_frame_of_the_pictures_size_stays_as_it_is() -> None:
    source = frame(*SIZE)
    np.testing.assert_array_equal(Shrink(SIZE)([source])[0], source)


@pytest.mark.parametrize("size", [(1, 1), (5, 900), (31, 33), (2048, 2448)])
def test_frames_of_any_size_become_pictures(size: tuple[int, int]) -> None:
    plain = np.full((*size, 3), (10, 120, 250), np.uint8)
    made = Shrink(SIZE, (4, 2))([plain, frame(64, 64)])
    assert made.shape == (2, *SIZE, 3)
    assert (made[0] == (10, 120, 250)).all()


def test_no_frames_make_no_pictures() -> None:
    assert Shrink(SIZE)([]).shape == (0, *SIZE, 3)


def test_the_widest_frames_are_read_to_their_end() -> None:
    width = MAX_FRAME_SIDE
    ramp = np.broadcast_to((np.arange(width) * 255 // width).astype(np.uint8)[None, :, None], (2, width, 3))
    small = Shrink.for_frames((2, 640), 2, width)([np.ascontiguousarray(ramp)])[0]
    expected = (np.arange(640) + 0.5) * 255 / 640
    assert np.abs(small[0, :, 0] - expected).max() <= 2
