import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linewatch.edge.capture.frame import Frame
from linewatch.edge.capture.mask import Mask
from linewatch.edge.evidence.still_ring import StillRing

_NOISE = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)


def frame(clock_s: float, width: int = 64) -> Frame:
    return Frame("c", 0, np.resize(_NOISE, (48, width, 3)), 0, clock_s)


def ring(*, fps: float = 5.0, width: int = 64, seconds: float = 10.0, max_bytes: int = 1_000_000) -> StillRing:
    return StillRing(fps=fps, width=width, seconds=seconds, max_bytes=max_bytes)


@pytest.mark.parametrize(("camera_fps", "fps", "expected"), [(25, 5, 50), (30, 4, 40), (1000, 10, 100), (2, 5, 20)])
def test_stills_are_taken_at_their_own_pace(camera_fps: int, fps: float, expected: int) -> None:
    kept = ring(fps=fps, seconds=100.0)
    for number in range(10 * camera_fps):
        kept.see(frame(number / camera_fps))
    assert abs(len(kept.cut(0.0, 10.0)) - expected) <= 1


@given(st.lists(st.floats(0.0, 5.0), max_size=60), st.integers(2_000, 40_000), st.floats(0.5, 20))
@settings(max_examples=30)
def test_memory_and_time_are_bounded_whatever_comes(pauses: list[float], max_bytes: int, seconds: float) -> None:
    kept, clock_s = ring(fps=30, seconds=seconds, max_bytes=max_bytes), 0.0
    for pause in pauses:
        clock_s += pause
        kept.see(frame(clock_s))
        stills = kept.cut(float("-inf"), float("inf"))
        assert sum(len(still.jpeg) for still in stills) == kept.held_bytes <= max_bytes
        assert all(clock_s - still.clock_s <= seconds for still in stills)


def test_a_cut_holds_its_time_and_pictures_are_shrunk_to_the_width() -> None:
    kept = ring(fps=1, width=32)
    for number in range(8):
        kept.see(frame(float(number), width=96))
    stills = kept.cut(2.0, 5.0)
    assert [still.clock_s for still in stills] == [2.0, 3.0, 4.0, 5.0]
    shown = cv2.imdecode(np.frombuffer(stills[0].jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (16, 32, 3)


def test_one_picture_that_is_larger_than_the_ring_is_not_kept() -> None:
    kept = ring(max_bytes=100)
    kept.see(frame(0.0))
    assert kept.held_bytes == 0


def test_what_is_not_to_be_looked_at_is_not_in_the_picture() -> None:
    hidden = np.zeros((3, 4), bool)
    hidden[:, 2:] = True
    for width in (64, 32):
        kept, bright = ring(width=width), np.full((48, 64, 3), 200, np.uint8)
        kept.see(Frame("c", 0, bright, 0, 0.0, mask=Mask(hidden)))
        (still,) = kept.cut(0.0, 1.0)
        shown = cv2.imdecode(np.frombuffer(still.jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert shown is not None
        assert shown[:, : width // 2 - 2].min() > 180
        assert shown[:, width // 2 + 2 :].max() < 20
        assert bright.min() == 200
