"""The window: bounded, in order, and it forgets nothing that was not acknowledged."""

import random

from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.publish.patience import Patience
from linewatch.edge.publish.window import FIRST_MESSAGES, Window
from linewatch.edge.spool.message import SpooledMessage

BOOT = "ab" * 16


def message(position: int, size: int = 10) -> SpooledMessage:
    return SpooledMessage(position=position, boot=BOOT, sequence=position, payload=b"x" * size)


def window(max_messages: int = 4, max_bytes: int = 1000) -> Window:
    patience = Patience(first_seconds=1.0, longest_seconds=8.0, dice=random.Random(0))
    return Window(max_messages=max_messages, max_bytes=max_bytes, patience=patience)


def positions(messages: list[SpooledMessage]) -> list[int]:
    return [one.position for one in messages]


def test_messages_are_due_at_once_in_order_and_again_after_the_time_out() -> None:
    held = window()
    for position in (1, 2, 3):
        assert held.take(message(position))
    assert positions(held.due(0.0)) == [1, 2, 3]
    assert held.sent(message(1), 0.0) == (True, 1)
    assert positions(held.due(0.4)) == [2, 3]
    assert positions(held.due(1.0)) == [1, 2, 3]
    assert held.sent(message(1), 1.0) == (False, 2)
    assert 1 not in positions(held.due(1.9))
    assert 1 in positions(held.due(3.0))


def test_a_new_connection_makes_everything_due() -> None:
    held = window()
    for position in (1, 2):
        held.take(message(position))
        held.sent(message(position), 100.0)
    held.restart()
    assert positions(held.due(100.0)) == [1, 2]
    assert held.sent(message(1), 100.0) == (False, 1)


def test_what_was_passed_over_takes_no_room_and_is_read_again_after_the_next_connection() -> None:
    held = window(max_messages=2, max_bytes=100)
    held.take(message(1, size=5000))
    held.pass_over(message(1, size=5000))
    assert (len(held), held.room(), held.cursor, held.next_due()) == (0, 2, 1, None)
    held.take(message(2))
    held.restart()
    assert (len(held), held.room(), held.cursor) == (0, 2, 0)
    held.take(message(2))
    held.restart()  # nothing was passed over since
    assert (positions(held.due(0.0)), held.cursor) == ([2], 2)


def test_bounds_hold_but_one_message_always_fits() -> None:
    held = window(max_messages=2, max_bytes=100)
    assert held.take(message(1, size=5000))
    assert not held.take(message(2))
    assert held.room() == 0
    held.acknowledged(BOOT, [(1, 1)])
    assert held.take(message(2))
    assert held.take(message(3))
    assert not held.take(message(4))
    assert held.cursor == 3


def test_it_grows_with_what_is_acknowledged_and_shrinks_when_nothing_is_heard() -> None:
    held = window(max_messages=300, max_bytes=10**6)
    assert held.room() == FIRST_MESSAGES
    for position in range(1, FIRST_MESSAGES + 1):
        assert held.take(message(position))
        held.sent(message(position), 10.0)
    assert not held.take(message(FIRST_MESSAGES + 1))
    held.acknowledged(BOOT, [(1, 40)])
    assert held.room() == 80
    for one in held.due(20.0):
        held.sent(one, 20.0)
    assert held.room() == (FIRST_MESSAGES + 40) // 2 - (FIRST_MESSAGES - 40)  # halved once for all of them
    for moment in range(30, 300, 20):
        for one in held.due(moment):
            held.sent(one, moment)
    assert held.room() == 0
    held.acknowledged(BOOT, [(1, 1000)])
    assert held.room() == 8 + FIRST_MESSAGES - 40
    for _ in range(20):
        taken = [message(position) for position in range(1000, 1000 + held.room()) if held.take(message(position))]
        assert taken
        held.acknowledged(BOOT, [(1000, 2000)])
    assert held.room() == 300
    held.restart()
    assert held.room() == FIRST_MESSAGES


@given(st.lists(st.one_of(st.integers(1, 6), st.tuples(st.integers(1, 30), st.integers(1, 30))), max_size=40))
def test_it_holds_what_was_taken_and_not_acknowledged(steps: list[int | tuple[int, int]]) -> None:
    held, expected, taken = window(max_messages=8), [], 0
    for step in steps:
        if isinstance(step, int):
            for _ in range(step):
                if held.take(message(taken + 1)):
                    taken += 1
                    expected.append(taken)
        else:
            before = len(expected)
            expected = [position for position in expected if not step[0] <= position <= step[1]]
            assert held.acknowledged(BOOT, [step]) == before - len(expected)
        assert held.acknowledged("cd" * 16, [(1, 99)]) == 0
        assert positions(held.due(0.0)) == expected
        assert len(held) == len(expected) <= 8
        assert (held.next_due() is None) == (not expected)
