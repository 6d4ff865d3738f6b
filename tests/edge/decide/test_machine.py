import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.decide.machine import TABLE, Action, Hysteresis, Look, Signal, State
from linewatch.edge.decide.settings import DecisionSettings

_rules = st.builds(
    lambda after, more, close, update: DecisionSettings(
        open_after=after, open_window=after + more, close_after=close, update_seconds=update
    ),
    st.integers(1, 4),
    st.integers(0, 4),
    st.integers(1, 5),
    st.floats(0.5, 5),
)


_OF_ONE_STATE = {Signal.DUE: State.OPEN, Signal.OVERDUE: State.OPEN, Signal.COOLED: State.COOLING}


def look(anomalous: bool) -> Look:
    return Look.ANOMALOUS if anomalous else Look.NORMAL


def actions(rules: DecisionSettings, frames: list[bool], period_s: float = 1.0) -> list[Action]:
    machine = Hysteresis(rules)
    return [machine.step(look(frame), at * period_s) for at, frame in enumerate(frames)]


def test_the_table_has_a_line_for_all_that_can_happen() -> None:
    impossible = {(state, signal) for state in State for signal in _OF_ONE_STATE if _OF_ONE_STATE[signal] is not state}
    impossible |= {(State.OPEN, Signal.CONFIRMED), (State.OPEN, Signal.LASTED)}
    assert set(TABLE) == set(itertools.product(State, Signal)) - impossible


def test_opens_after_k_of_m_and_closes_after_n_normal_frames() -> None:
    rules = DecisionSettings(open_after=2, open_window=3, close_after=2, update_seconds=100)
    frames = [False, True, False, True, False, True, False, False, False]
    found = actions(rules, frames)
    assert found[3] is Action.OPEN
    assert found[5] is Action.EXTEND
    assert found[7] is Action.CLOSE
    assert Action.OPEN not in found[:3]


def test_two_anomalous_frames_outside_the_window_open_nothing() -> None:
    rules = DecisionSettings(open_after=2, open_window=2, close_after=5, update_seconds=100)
    assert Action.OPEN not in actions(rules, [True, False] * 20)


def test_what_led_to_one_event_does_not_open_the_next() -> None:
    rules = DecisionSettings(open_after=2, open_window=10, close_after=1, update_seconds=100)
    found = actions(rules, [True, True, False, True, False])
    assert found == [Action.REMEMBER, Action.OPEN, Action.CLOSE, Action.REMEMBER, Action.NOTHING]


@pytest.mark.parametrize(("period_s", "updates"), [(0.1, 4), (1.0, 49)])
def test_updates_come_at_most_every_so_many_seconds(period_s: float, updates: int) -> None:
    rules = DecisionSettings(open_after=1, open_window=1, close_after=5, update_seconds=1.0)
    assert actions(rules, [True] * 50, period_s).count(Action.UPDATE) in (updates - 1, updates)


def test_the_end_of_a_stream_closes_an_open_event_and_forgets_a_suspicion() -> None:
    machine = Hysteresis(DecisionSettings(open_after=2, open_window=2))
    machine.step(Look.ANOMALOUS, 0.0)
    assert machine.end() is Action.FORGET
    assert machine.step(Look.ANOMALOUS, 1.0) is Action.REMEMBER
    assert machine.step(Look.ANOMALOUS, 2.0) is Action.OPEN
    assert machine.end() is Action.CLOSE


@given(_rules, st.lists(st.booleans(), max_size=80), st.floats(0.01, 3))
def test_every_event_is_opened_once_then_closed_once(
    rules: DecisionSettings, frames: list[bool], period_s: float
) -> None:
    machine = Hysteresis(rules)
    found = [machine.step(look(frame), at * period_s) for at, frame in enumerate(frames)] + [machine.end()]
    edges = [action for action in found if action in (Action.OPEN, Action.CLOSE)]
    assert edges == [Action.OPEN, Action.CLOSE] * (len(edges) // 2)
    assert machine.state in (State.CALM, State.COOLING)


@given(_rules, st.lists(st.booleans(), max_size=80))
def test_an_event_is_open_exactly_as_a_plain_reading_of_the_rules_says(
    rules: DecisionSettings, frames: list[bool]
) -> None:
    machine = Hysteresis(rules)
    is_open, since_close = False, 0
    for at, frame in enumerate(frames):
        machine.step(look(frame), float(at))
        seen = frames[since_close : at + 1]
        if is_open and not any(seen[-rules.close_after :]) and len(seen) >= rules.close_after:
            is_open, since_close = False, at + 1
        elif not is_open and sum(seen[-rules.open_window :]) >= rules.open_after and frame:
            is_open = True
        assert (machine.state is State.OPEN) == is_open
