"""The table of the connection: complete where it must be, and nothing dead in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.publish.connection import TABLE, Action, Signal, State, next_step

_ALIVE = [state for state in State if state is not State.STOPPED]


@pytest.mark.parametrize("state", _ALIVE)
def test_every_living_state_can_be_stopped_and_survives_a_fault(state: State) -> None:
    stop, fault = next_step(state, Signal.STOP), next_step(state, Signal.FAULT)
    assert stop is not None
    assert stop.state is State.STOPPED
    assert fault is not None
    assert fault.state is State.OFFLINE


@pytest.mark.parametrize("state", [State.DIALLING, State.SUBSCRIBING, State.ONLINE])
def test_every_connected_state_survives_the_loss_of_the_connection(state: State) -> None:
    step = next_step(state, Signal.LOST)
    assert step is not None
    assert step.state is State.OFFLINE


def test_nothing_leaves_the_end_and_every_state_and_action_is_used() -> None:
    assert all(next_step(State.STOPPED, signal) is None for signal in Signal)
    assert {step.action for step in TABLE.values()} == set(Action)
    assert {step.state for step in TABLE.values()} == set(State)
    assert {signal for _, signal in TABLE} == set(Signal)


@given(st.lists(st.sampled_from(Signal), max_size=30))
def test_only_a_subscription_brings_it_online(signals: list[Signal]) -> None:
    state = State.OFFLINE
    for signal in signals:
        step = next_step(state, signal)
        before, state = state, step.state if step else state
        if state is State.ONLINE and before is not State.ONLINE:
            assert (before, signal) == (State.SUBSCRIBING, Signal.SUBSCRIBED)
