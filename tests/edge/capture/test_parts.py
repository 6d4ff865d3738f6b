import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.capture.attention import Attention
from linewatch.edge.capture.isolation.message import MOST_PARTS
from linewatch.edge.capture.parts import EachFrame
from linewatch.edge.capture.picture import as_picture
from linewatch.edge.capture.schedule import Schedule
from linewatch.edge.capture.stream import Shot
from linewatch.edge.ring.lost import MOST_LOST

SHOT = Shot(as_picture(np.zeros((1, 1, 3), np.uint8)), 0, 0.0)
NOON, EVENING = 1_781_258_400.0, 1_781_287_200.0
"""A Friday at 10:00 and at 18:00 UTC."""


@given(st.lists(st.integers(0, 5), max_size=30))
def test_frames_that_a_triggered_camera_lost_are_parts_too(lost: list[int]) -> None:
    parts, told = EachFrame(), list[int | None]()
    for count in lost:
        parts.skip(count)
        part = parts.part_of(SHOT)
        told += [*parts.take_missed(), part]
    assert told == list(range(1, sum(lost) + len(lost) + 1))


def test_of_very_many_lost_frames_the_last_are_told_and_all_counted() -> None:
    parts = EachFrame()
    parts.skip(MOST_PARTS - 1)
    assert parts.take_missed() == list(range(MOST_PARTS - MOST_LOST, MOST_PARTS))
    parts.skip(2)
    assert parts.take_missed() == [MOST_PARTS, 1]
    assert parts.part_of(SHOT) == 2


def test_parts_that_pass_while_the_camera_is_not_judged_are_not_told_of() -> None:
    now = EVENING
    attention = Attention(Schedule(["fri 00:00-14:00"], clock=lambda: now), EachFrame())
    attention.skip(2)
    assert attention.take_missed() == []
    now = NOON
    attention.skip(1)
    assert attention.look_at(SHOT) == 4
    assert attention.take_missed() == [3]
