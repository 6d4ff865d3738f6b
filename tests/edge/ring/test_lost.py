import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.capture.frame import Frame
from linewatch.edge.ring.lane import Item, Lane, Mark
from linewatch.edge.ring.lost import MOST_LOST, Lost, LostPart
from linewatch.edge.ring.settings import RingSettings


def shows(part: int) -> Frame:
    return Frame("c", 0, np.zeros((8, 8, 3), np.uint8), 0, 0.0, part=part)


def named(items: list[Item]) -> list[int]:
    """The parts in a lane, one for each frame that shows one, waiting or lost."""
    frames = [item.part for item in items if isinstance(item, Frame) and item.part]
    return [part.number for item in items if isinstance(item, Lost) for part in item.parts] + frames


@given(st.integers(1, 4), st.lists(st.integers(0, 9) | st.just("end"), max_size=60))
def test_what_gave_way_leaves_its_part_in_its_place(room: int, steps: list[int | str]) -> None:
    lane = Lane("c", live=True, limits=RingSettings(frames=room))
    for step in steps:
        lane.push(shows(step) if isinstance(step, int) else Mark.STREAM_ENDED)
    items = [lane.pop()[1] for _ in range(len(lane))]
    assert named(items) == [step for step in steps if isinstance(step, int) and step]
    assert items.count(Mark.STREAM_ENDED) == steps.count("end")
    assert not any(isinstance(one, Lost) and isinstance(next_, Lost) for one, next_ in itertools.pairwise(items))


def test_a_worker_that_hangs_does_not_fill_the_memory_with_parts() -> None:
    lane = Lane("c", live=True, limits=RingSettings(frames=2))
    for part in range(1, 5002):
        lane.push(shows(part))
    _, lost = lane.pop()
    assert isinstance(lost, Lost)
    assert [part.number for part in lost.parts] == [1, *range(5000 - MOST_LOST + 1, 5000)]
    assert len(lane) == 2


def test_parts_that_nobody_saw_and_lost_frames_are_told_as_one() -> None:
    lane = Lane("c", live=True, limits=RingSettings(frames=1))
    lane.push(Lost.unseen([1, 2]))
    lane.push(shows(3))
    lane.push(Lost.unseen([4]))
    lane.push(shows(5))
    assert lane.pop()[1] == Lost((LostPart(1, over=True), LostPart(2, over=True), LostPart(3), LostPart(4, over=True)))
