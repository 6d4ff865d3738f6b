"""The life of an event as a table: hysteresis without I/O, clocks or pictures."""

from collections import deque
from enum import Enum, auto

from linewatch.edge.decide.settings import DecisionSettings


class State(Enum):
    """Whether an event is open."""

    CALM = auto()
    OPEN = auto()


class Signal(Enum):
    """What one frame means for the event."""

    NORMAL = auto()
    CLEAR = auto()
    """A normal frame, the last of `close_after` in a row."""
    ANOMALOUS = auto()
    CONFIRMED = auto()
    """An anomalous frame that makes `open_after` of the last `open_window`."""
    DUE = auto()
    """An anomalous frame when the last message is `update_seconds` old."""
    ENDED = auto()
    """There will be no further frame of this stream."""


class Action(Enum):
    """What to do about it."""

    NOTHING = auto()
    REMEMBER = auto()
    """Keep the frame: it may turn out to be the beginning of an event."""
    FORGET = auto()
    OPEN = auto()
    EXTEND = auto()
    UPDATE = auto()
    CLOSE = auto()


TABLE: dict[tuple[State, Signal], tuple[State, Action]] = {
    (State.CALM, Signal.NORMAL): (State.CALM, Action.NOTHING),
    (State.CALM, Signal.CLEAR): (State.CALM, Action.NOTHING),
    (State.CALM, Signal.ANOMALOUS): (State.CALM, Action.REMEMBER),
    (State.CALM, Signal.CONFIRMED): (State.OPEN, Action.OPEN),
    (State.CALM, Signal.ENDED): (State.CALM, Action.FORGET),
    (State.OPEN, Signal.NORMAL): (State.OPEN, Action.NOTHING),
    (State.OPEN, Signal.CLEAR): (State.CALM, Action.CLOSE),
    (State.OPEN, Signal.ANOMALOUS): (State.OPEN, Action.EXTEND),
    (State.OPEN, Signal.CONFIRMED): (State.OPEN, Action.EXTEND),
    (State.OPEN, Signal.DUE): (State.OPEN, Action.UPDATE),
    (State.OPEN, Signal.ENDED): (State.CALM, Action.CLOSE),
}


class Hysteresis:
    """Walks the table, one frame at a time."""

    def __init__(self, rules: DecisionSettings) -> None:
        """Begin calm."""
        self.state = State.CALM
        self._rules = rules
        self._window: deque[bool] = deque(maxlen=rules.open_window)
        self._normal_run = 0
        self._told_s = 0.0

    def step(self, anomalous: bool, clock_s: float) -> Action:
        """Judge one frame of which the monotonic time is `clock_s` seconds."""
        self._window.append(anomalous)
        self._normal_run = 0 if anomalous else self._normal_run + 1
        return self._follow(self._signal(anomalous, clock_s), clock_s)

    def end(self) -> Action:
        """The stream ended; the next frame begins a new one."""
        return self._follow(Signal.ENDED, 0.0)

    def _signal(self, anomalous: bool, clock_s: float) -> Signal:
        if not anomalous:
            return Signal.CLEAR if self._normal_run >= self._rules.close_after else Signal.NORMAL
        if self.state is State.OPEN and clock_s - self._told_s >= self._rules.update_seconds:
            return Signal.DUE
        confirmed = sum(self._window) >= self._rules.open_after
        return Signal.CONFIRMED if confirmed else Signal.ANOMALOUS

    def _follow(self, signal: Signal, clock_s: float) -> Action:
        self.state, action = TABLE[self.state, signal]
        if action in (Action.OPEN, Action.UPDATE):
            self._told_s = clock_s
        if action in (Action.CLOSE, Action.FORGET):
            # What led to one event must not open the next.
            self._window.clear()
            self._normal_run = 0
        return action
