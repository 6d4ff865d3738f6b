"""The life of an event as a table: hysteresis without I/O, clocks or pictures."""

from collections import deque
from enum import Enum, auto

from linewatch.edge.decide.settings import DecisionSettings


class State(Enum):
    """Whether there is an event."""

    CALM = auto()
    SUSPECT = auto()
    """There would be one, had it lasted for `min_seconds`."""
    OPEN = auto()
    COOLING = auto()
    """The last one closed less than `cool_down_seconds` ago."""


class Look(Enum):
    """What one frame looks like."""

    NORMAL = auto()
    NEAR = auto()
    """Below the threshold, but not below `close_below` of it."""
    ANOMALOUS = auto()


class Signal(Enum):
    """What one frame means for the event."""

    NORMAL = auto()
    CLEAR = auto()
    """A normal frame, the last of `close_after` in a row."""
    ANOMALOUS = auto()
    CONFIRMED = auto()
    """An anomalous frame that makes `open_after` of the last `open_window`."""
    LASTED = auto()
    """One that does, or did before, and `min_seconds` after the first."""
    DUE = auto()
    """An anomalous frame when the last message is `update_seconds` old."""
    OVERDUE = auto()
    """Any frame when the event is `max_seconds` old."""
    COOLED = auto()
    """`cool_down_seconds` have passed since an event closed."""
    ENDED = auto()
    """There will be no further frame of this stream."""


class Action(Enum):
    """What to do about it."""

    NOTHING = auto()
    REMEMBER = auto()
    """Keep the frame: it may turn out to be the beginning of an event."""
    FORGET = auto()
    BEGIN = auto()
    """Begin an event, but tell nobody yet."""
    OPEN = auto()
    EXTEND = auto()
    UPDATE = auto()
    CLOSE = auto()
    HOLD_BACK = auto()
    """Count the frame: no event may open yet."""


TABLE: dict[tuple[State, Signal], tuple[State, Action]] = {
    (State.CALM, Signal.NORMAL): (State.CALM, Action.NOTHING),
    (State.CALM, Signal.CLEAR): (State.CALM, Action.NOTHING),
    (State.CALM, Signal.ANOMALOUS): (State.CALM, Action.REMEMBER),
    (State.CALM, Signal.CONFIRMED): (State.SUSPECT, Action.BEGIN),
    (State.CALM, Signal.LASTED): (State.OPEN, Action.OPEN),
    (State.CALM, Signal.ENDED): (State.CALM, Action.FORGET),
    (State.SUSPECT, Signal.NORMAL): (State.SUSPECT, Action.NOTHING),
    (State.SUSPECT, Signal.CLEAR): (State.CALM, Action.FORGET),
    (State.SUSPECT, Signal.ANOMALOUS): (State.SUSPECT, Action.EXTEND),
    (State.SUSPECT, Signal.CONFIRMED): (State.SUSPECT, Action.EXTEND),
    (State.SUSPECT, Signal.LASTED): (State.OPEN, Action.OPEN),
    (State.SUSPECT, Signal.ENDED): (State.CALM, Action.FORGET),
    (State.OPEN, Signal.NORMAL): (State.OPEN, Action.NOTHING),
    (State.OPEN, Signal.CLEAR): (State.COOLING, Action.CLOSE),
    (State.OPEN, Signal.ANOMALOUS): (State.OPEN, Action.EXTEND),
    (State.OPEN, Signal.DUE): (State.OPEN, Action.UPDATE),
    (State.OPEN, Signal.OVERDUE): (State.COOLING, Action.CLOSE),
    (State.OPEN, Signal.ENDED): (State.COOLING, Action.CLOSE),
    (State.COOLING, Signal.NORMAL): (State.COOLING, Action.NOTHING),
    (State.COOLING, Signal.CLEAR): (State.COOLING, Action.NOTHING),
    (State.COOLING, Signal.ANOMALOUS): (State.COOLING, Action.HOLD_BACK),
    (State.COOLING, Signal.CONFIRMED): (State.COOLING, Action.HOLD_BACK),
    (State.COOLING, Signal.LASTED): (State.COOLING, Action.HOLD_BACK),
    (State.COOLING, Signal.COOLED): (State.CALM, Action.FORGET),
    (State.COOLING, Signal.ENDED): (State.COOLING, Action.FORGET),
}


class Hysteresis:
    """Walks the table, one frame at a time."""

    def __init__(self, rules: DecisionSettings) -> None:
        """Begin calm."""
        self.state = State.CALM
        self._rules = rules
        self._window: deque[float | None] = deque(maxlen=rules.open_window)
        """Times of the anomalous frames among the last ones."""
        self._normal_run = 0
        self._began_s = 0.0
        self._told_s = 0.0
        self._opened_s = 0.0
        self._closed_s = 0.0
        self._clock_s = 0.0

    def step(self, look: Look, clock_s: float) -> Action:
        """Judge one frame of which the monotonic time is `clock_s` seconds."""
        self._clock_s = clock_s
        if self.state is State.COOLING and clock_s - self._closed_s >= self._rules.cool_down_seconds:
            self._follow(Signal.COOLED)
        self._window.append(clock_s if look is Look.ANOMALOUS else None)
        self._normal_run = self._normal_run + 1 if look is Look.NORMAL else 0
        return self._follow(self._signal(look is Look.ANOMALOUS))

    def end(self) -> Action:
        """The stream ended; the next frame begins a new one."""
        return self._follow(Signal.ENDED)

    def _signal(self, anomalous: bool) -> Signal:
        if self.state is State.OPEN and self._is_overdue():
            return Signal.OVERDUE
        if not anomalous:
            return Signal.CLEAR if self._normal_run >= self._rules.close_after else Signal.NORMAL
        if self.state is State.OPEN:
            due = self._clock_s - self._told_s >= self._rules.update_seconds
            return Signal.DUE if due else Signal.ANOMALOUS
        return self._suspicion()

    def _suspicion(self) -> Signal:
        if self.state is not State.SUSPECT:
            seen_s = [at_s for at_s in self._window if at_s is not None]
            if len(seen_s) < self._rules.open_after:
                return Signal.ANOMALOUS
            self._began_s = seen_s[0]
        return Signal.LASTED if self._clock_s - self._began_s >= self._rules.min_seconds else Signal.CONFIRMED

    def _is_overdue(self) -> bool:
        return 0 < self._rules.max_seconds <= self._clock_s - self._opened_s

    def _follow(self, signal: Signal) -> Action:
        self.state, action = TABLE[self.state, signal]
        if action is Action.OPEN:
            self._opened_s = self._clock_s
        if action in (Action.OPEN, Action.UPDATE):
            self._told_s = self._clock_s
        if action is Action.CLOSE:
            self._closed_s = self._clock_s
        if action in (Action.CLOSE, Action.FORGET):
            # What led to one event, or was held back, must not open the next.
            self._window.clear()
            self._normal_run = 0
        return action
