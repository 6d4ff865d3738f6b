"""The connection to the broker as a table: what happens in which state, and what is done about it. Pure."""

from enum import Enum, StrEnum, auto
from typing import NamedTuple


class State(StrEnum):
    """How far the connection is."""

    OFFLINE = "offline"
    DIALLING = "dialling"
    SUBSCRIBING = "subscribing"
    ONLINE = "online"
    STOPPED = "stopped"


class Signal(Enum):
    """What can happen."""

    DUE = auto()  # the pause before the next attempt is over
    ACCEPTED = auto()  # the broker let us in
    WRONG_VERSION = auto()  # the broker does not speak this MQTT version
    REFUSED = auto()  # the broker did not let us in
    SUBSCRIBED = auto()  # acknowledgements will reach us
    SLOW = auto()  # no answer in time
    STALLED = auto()  # connected, and yet nothing was acknowledged for very long
    LOST = auto()  # the connection broke
    FAULT = auto()  # a mistake of ours, caught by the supervisor
    STOP = auto()  # the agent ends


class Action(StrEnum):
    """What is done on the way; each is a method of the publisher."""

    DIAL = "dial"
    SUBSCRIBE = "subscribe"
    GO_ONLINE = "go_online"
    FALL_BACK = "fall_back"
    BACK_OFF = "back_off"
    LEAVE = "leave"
    HANG_UP = "hang_up"


class Step(NamedTuple):
    """Where to, and what to do."""

    state: State
    action: Action


_OFF, _DIAL, _SUB, _ON, _END = State.OFFLINE, State.DIALLING, State.SUBSCRIBING, State.ONLINE, State.STOPPED

TABLE: dict[tuple[State, Signal], Step] = {
    (_OFF, Signal.DUE): Step(_DIAL, Action.DIAL),
    (_OFF, Signal.FAULT): Step(_OFF, Action.BACK_OFF),
    (_OFF, Signal.STOP): Step(_END, Action.HANG_UP),
    (_DIAL, Signal.ACCEPTED): Step(_SUB, Action.SUBSCRIBE),
    (_DIAL, Signal.WRONG_VERSION): Step(_OFF, Action.FALL_BACK),
    (_DIAL, Signal.REFUSED): Step(_OFF, Action.BACK_OFF),
    (_DIAL, Signal.SLOW): Step(_OFF, Action.BACK_OFF),
    (_DIAL, Signal.LOST): Step(_OFF, Action.BACK_OFF),
    (_DIAL, Signal.FAULT): Step(_OFF, Action.BACK_OFF),
    (_DIAL, Signal.STOP): Step(_END, Action.HANG_UP),
    (_SUB, Signal.SUBSCRIBED): Step(_ON, Action.GO_ONLINE),
    (_SUB, Signal.REFUSED): Step(_OFF, Action.BACK_OFF),
    (_SUB, Signal.SLOW): Step(_OFF, Action.BACK_OFF),
    (_SUB, Signal.LOST): Step(_OFF, Action.BACK_OFF),
    (_SUB, Signal.FAULT): Step(_OFF, Action.BACK_OFF),
    (_SUB, Signal.STOP): Step(_END, Action.HANG_UP),
    (_ON, Signal.LOST): Step(_OFF, Action.BACK_OFF),
    (_ON, Signal.STALLED): Step(_OFF, Action.BACK_OFF),
    (_ON, Signal.FAULT): Step(_OFF, Action.BACK_OFF),
    (_ON, Signal.STOP): Step(_END, Action.LEAVE),
}


def next_step(state: State, signal: Signal) -> Step | None:
    """What follows; None where the signal means nothing in this state (late news of an old connection)."""
    return TABLE.get((state, signal))
