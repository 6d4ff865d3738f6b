"""Follows the events of one camera."""

import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from linewatch.edge.decide.event import Phase
from linewatch.edge.decide.machine import Action, Hysteresis
from linewatch.edge.decide.settings import DecisionSettings
from linewatch.edge.infer.verdict import Judged


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Draft:
    """A transition worth a message, before its evidence is cut out. Fields as in `AnomalyEvent`."""

    event_id: str
    phase: Phase
    time_unix_ns: int
    first_frame: int
    last_frame: int
    frames_anomalous: int
    peak: Judged


@dataclass(slots=True)
class _OpenEvent:
    event_id: str
    first_frame: int
    last_frame: int
    frames_anomalous: int
    peak: Judged

    def extend(self, judged: Judged) -> None:
        self.last_frame = judged.frame.number
        self.frames_anomalous += 1
        if _excess(judged) > _excess(self.peak):
            self.peak = judged.kept()


class Tracker:
    """Turns verdicts, in the order of their frames, into drafts. Pure but for the names it gives to events."""

    def __init__(self, rules: DecisionSettings, new_id: Callable[[], str] = lambda: uuid.uuid4().hex) -> None:
        """Begin without an event."""
        self._machine = Hysteresis(rules)
        self._new_id = new_id
        self._suspects: deque[Judged | None] = deque(maxlen=rules.open_window)
        self._event: _OpenEvent | None = None
        self._time_unix_ns = 0

    @property
    def event_open(self) -> bool:
        """Whether the last frame belongs to an event that goes on."""
        return self._event is not None

    def step(self, judged: Judged) -> Draft | None:
        """Take the next frame; gives a draft when there is something to say."""
        self._time_unix_ns = judged.frame.time_unix_ns
        anomalous = judged.verdict.anomalous
        if self._event is None:
            self._suspects.append(judged.kept() if anomalous else None)
        return self._act(self._machine.step(anomalous, judged.frame.clock_s), judged)

    def end(self) -> Draft | None:
        """The stream ended: an open event is closed."""
        return self._act(self._machine.end(), None)

    def _act(self, action: Action, judged: Judged | None) -> Draft | None:
        if action is Action.OPEN:
            self._event = self._open()
            return self._draft(Phase.OPENED)
        if judged is not None and self._event is not None and action in (Action.EXTEND, Action.UPDATE):
            self._event.extend(judged)
            return self._draft(Phase.UPDATED) if action is Action.UPDATE else None
        if action is Action.CLOSE:
            draft = self._draft(Phase.CLOSED)
            self._event = None
            return draft
        if action is Action.FORGET:
            self._suspects.clear()
        return None

    def _open(self) -> _OpenEvent:
        suspects = [suspect for suspect in self._suspects if suspect is not None]
        self._suspects.clear()
        return _OpenEvent(
            event_id=self._new_id(),
            first_frame=suspects[0].frame.number,
            last_frame=suspects[-1].frame.number,
            frames_anomalous=len(suspects),
            peak=max(suspects, key=_excess),
        )

    def _draft(self, phase: Phase) -> Draft:
        event = self._event
        assert event is not None, "the table closes and updates open events alone"
        return Draft(
            event_id=event.event_id,
            phase=phase,
            time_unix_ns=self._time_unix_ns,
            first_frame=event.first_frame,
            last_frame=event.last_frame,
            frames_anomalous=event.frames_anomalous,
            peak=event.peak,
        )


def _excess(judged: Judged) -> float:
    # Two bundles may judge frames of one event; what they have in common is the distance to the threshold.
    return judged.verdict.score - judged.verdict.threshold
