"""The update as a state machine: one line for each (state, event), and no other transitions."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where an update is. IDLE, SERVING and REFUSED wait for the next look at the registry."""

    IDLE = "idle"
    CHECKING = "checking"
    DOWNLOADING = "downloading"
    VERIFYING = "verifying"
    GOLDEN = "golden"
    SWITCHING = "switching"
    SERVING = "serving"
    REFUSED = "refused"
    RETURNING = "returning"


WAITING = frozenset({State.IDLE, State.SERVING, State.REFUSED})


class Event(StrEnum):
    """What happens to an update."""

    DUE = "due"
    CURRENT = "current"
    HELD_BACK = "held_back"
    FOUND = "found"
    FETCHED = "fetched"
    WHOLE = "whole"
    PASSED = "passed"
    SWITCHED = "switched"
    REFUSED = "refused"
    FAILED = "failed"
    BROKEN = "broken"
    RETURNED = "returned"


class Action(StrEnum):
    """What the updater does on a transition."""

    NOTHING = "nothing"
    FETCH = "fetch"
    TRY = "try"
    SWITCH = "switch"
    SETTLE = "settle"
    RECORD = "record"
    RECALL = "recall"
    REPORT = "report"
    RETURN = "return"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Step:
    """Where a transition leads, and what is done on the way."""

    to: State
    action: Action


TABLE: dict[tuple[State, Event], Step] = {
    (State.IDLE, Event.DUE): Step(State.CHECKING, Action.FETCH),
    (State.SERVING, Event.DUE): Step(State.CHECKING, Action.FETCH),
    (State.REFUSED, Event.DUE): Step(State.CHECKING, Action.FETCH),
    (State.CHECKING, Event.CURRENT): Step(State.SERVING, Action.SETTLE),
    (State.CHECKING, Event.HELD_BACK): Step(State.REFUSED, Action.RECALL),
    (State.CHECKING, Event.FOUND): Step(State.DOWNLOADING, Action.NOTHING),
    (State.CHECKING, Event.REFUSED): Step(State.REFUSED, Action.RECORD),
    (State.CHECKING, Event.FAILED): Step(State.IDLE, Action.REPORT),
    (State.DOWNLOADING, Event.FETCHED): Step(State.VERIFYING, Action.NOTHING),
    (State.DOWNLOADING, Event.REFUSED): Step(State.REFUSED, Action.RECORD),
    (State.DOWNLOADING, Event.FAILED): Step(State.IDLE, Action.REPORT),
    (State.VERIFYING, Event.WHOLE): Step(State.GOLDEN, Action.TRY),
    (State.VERIFYING, Event.REFUSED): Step(State.REFUSED, Action.RECORD),
    (State.VERIFYING, Event.FAILED): Step(State.IDLE, Action.REPORT),
    (State.GOLDEN, Event.PASSED): Step(State.SWITCHING, Action.SWITCH),
    (State.GOLDEN, Event.REFUSED): Step(State.REFUSED, Action.RECORD),
    (State.GOLDEN, Event.FAILED): Step(State.IDLE, Action.REPORT),
    (State.SWITCHING, Event.SWITCHED): Step(State.SERVING, Action.SETTLE),
    (State.SWITCHING, Event.REFUSED): Step(State.REFUSED, Action.RECORD),
    (State.SWITCHING, Event.FAILED): Step(State.IDLE, Action.REPORT),
    (State.IDLE, Event.BROKEN): Step(State.RETURNING, Action.RETURN),
    (State.SERVING, Event.BROKEN): Step(State.RETURNING, Action.RETURN),
    (State.REFUSED, Event.BROKEN): Step(State.RETURNING, Action.RETURN),
    (State.RETURNING, Event.RETURNED): Step(State.REFUSED, Action.HOLD),
    (State.RETURNING, Event.REFUSED): Step(State.IDLE, Action.REPORT),
    (State.RETURNING, Event.FAILED): Step(State.IDLE, Action.REPORT),
}


def step(state: State, event: Event) -> Step:
    """The transition for `event` in `state`.

    Raises:
        ValueError: the table has none.
    """
    try:
        return TABLE[state, event]
    except KeyError:
        raise ValueError(f"an update that is {state} does not know the event {event}") from None
