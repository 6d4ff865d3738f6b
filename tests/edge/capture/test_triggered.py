from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.capture.isolation.message import MOST_PARTS
from linewatch.edge.capture.triggered import Triggered


def test_the_first_frames_after_a_trigger_show_its_part() -> None:
    rule = Triggered(frames=2, delay_s=0.0)
    assert rule.part_of(0.0) is None
    rule.trigger(1.0)
    assert rule.part_of(0.9) is None, "it was captured before"
    assert [rule.part_of(clock) for clock in (1.0, 1.1, 1.2)] == [1, 1, None]


def test_a_delay_is_how_long_a_part_is_on_its_way() -> None:
    rule = Triggered(frames=1, delay_s=0.5)
    rule.trigger(1.0, 4711)
    rule.trigger(1.2, 4712)
    shown = {clock: rule.part_of(clock) for clock in (1.4, 1.5, 1.6, 1.7, 1.8)}
    assert shown == {1.4: None, 1.5: 4711, 1.6: None, 1.7: 4712, 1.8: None}


def test_parts_without_a_number_are_counted_on() -> None:
    rule = Triggered(frames=1, delay_s=0.0)
    for clock, number in ((0.0, None), (1.0, 4711), (2.0, None), (3.0, MOST_PARTS), (4.0, None)):
        rule.trigger(clock, number)
        assert rule.part_of(clock) == {0: 1, 1: 4711, 2: 4712, 3: MOST_PARTS, 4: 1}[int(clock)]


def test_a_part_gives_way_to_the_next_and_one_that_nobody_saw_is_told() -> None:
    rule = Triggered(frames=3, delay_s=0.0)
    for clock in (1.0, 2.0, 2.1, 3.0):
        rule.trigger(clock)
    assert [rule.part_of(clock) for clock in (1.5, 2.5, 3.5, 3.6, 3.7, 3.8)] == [1, 3, 4, 4, 4, None]
    assert rule.take_missed() == [2]
    assert rule.take_missed() == []


def test_a_camera_that_shows_nothing_does_not_fill_the_memory() -> None:
    rule = Triggered(frames=1, delay_s=0.0)
    for number in range(1, 1501):
        rule.trigger(float(number), number)
    assert rule.part_of(1501.0) == 1500
    assert rule.take_missed() == list(range(1, 1500))


def test_parts_that_give_way_are_told_between_two_frames_and_end_the_one_before() -> None:
    rule = Triggered(frames=2, delay_s=0.0)
    rule.trigger(1.0)
    assert rule.part_of(1.0) == 1
    for _ in range(1001):
        rule.trigger(3.0)
    assert rule.take_missed() == [], "another frame of part 1 may be on its way"
    assert rule.part_of(1.1) is None
    assert rule.take_missed() == [2]


def test_a_part_that_passed_while_no_frame_came_is_not_given_a_later_one() -> None:
    rule = Triggered(frames=3, delay_s=0.0)
    rule.trigger(1.0, 7)
    assert rule.part_of(20.0) is None, "an empty belt"
    rule.trigger(30.0, 8)
    assert rule.part_of(30.1) == 8
    assert rule.part_of(40.0) is None
    assert rule.take_missed() == [7]


def test_what_was_triggered_while_the_camera_was_blind_is_missed() -> None:
    rule = Triggered(frames=1, delay_s=0.0)
    rule.trigger(1.0, 7)
    rule.blind()
    assert rule.part_of(1.1) is None
    rule.trigger(1.2, 8)
    assert rule.part_of(1.3) == 8
    assert rule.take_missed() == [7]


@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=12, unique=True).map(sorted),
    st.lists(st.integers(0, 80), max_size=60, unique=True).map(sorted),
    st.integers(1, 4),
)
def test_every_part_is_shown_by_its_frames_or_missed(triggers: list[int], clocks: list[int], frames: int) -> None:
    rule = Triggered(frames=frames, delay_s=0.0, late_s=1000.0)
    for clock in triggers:
        rule.trigger(float(clock))
    shown = [(clock, rule.part_of(float(clock))) for clock in clocks]
    for part, begun in enumerate(triggers, 1):
        end = triggers[part] if part < len(triggers) else 100
        own = [clock for clock in clocks if begun <= clock < end]
        assert [clock for clock, number in shown if number == part] == own[:frames]
    passed = [part for part, begun in enumerate(triggers[1:], 1) if clocks and begun <= clocks[-1]]
    unseen = [part for part in passed if all(number != part for _, number in shown)]
    assert rule.take_missed() == unseen
