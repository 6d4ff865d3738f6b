"""The table is complete: every state is reached and left, and waiting is where every walk ends."""

import pytest

from linewatch.edge.update.machine import TABLE, WAITING, Event, State, step


def test_every_state_is_reached_and_left() -> None:
    assert {state for state, _ in TABLE} == set(State)
    assert {taken.to for taken in TABLE.values()} == set(State)


def test_from_everywhere_a_fault_leads_back_to_waiting() -> None:
    for state in set(State) - WAITING:
        assert step(state, Event.FAILED).to in WAITING
        assert step(state, Event.REFUSED).to in WAITING


def test_nothing_serves_without_golden_check_and_switch() -> None:
    into_switching = [state for (state, _), taken in TABLE.items() if taken.to == State.SWITCHING]
    into_golden = [state for (state, _), taken in TABLE.items() if taken.to == State.GOLDEN]
    assert (into_switching, into_golden) == ([State.GOLDEN], [State.VERIFYING])


def test_an_event_that_does_not_belong_is_an_error() -> None:
    with pytest.raises(ValueError, match="an update that is idle does not know the event switched"):
        step(State.IDLE, Event.SWITCHED)
