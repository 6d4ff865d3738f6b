"""Follows the events of one camera."""

import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from linewatch.edge.decide.draft import Draft, excess
from linewatch.edge.decide.event import Phase, Severity
from linewatch.edge.decide.machine import Action, Hysteresis, Look
from linewatch.edge.decide.settings import DecisionSettings
from linewatch.edge.decide.severity import severity_of
from linewatch.edge.infer.verdict import Judged, Verdict


@dataclass(slots=True)
class _Event:
    event_id: str
    first_frame: int
    last_frame: int
    frames_anomalous: int
    peak: Judged
    severity: Severity = Severity.LOW
    told: bool = False

    def extend(self, judged: Judged) -> None:
        self.last_frame = judged.frame.number
        self.frames_anomalous += 1
        if excess(judged) > excess(self.peak):
            self.peak = judged.kept()


class Tracker:
    """Turns verdicts, in the order of their frames, into drafts. Pure but for the names it gives to events.

    A camera has one event at a time, whichever and however many places of the picture are anomalous.
    """

    def __init__(self, rules: DecisionSettings, new_id: Callable[[], str] = lambda: uuid.uuid4().hex) -> None:
        """Begin without an event."""
        self.alarms = 0
        """Events opened."""
        self.held_back = 0
        """Anomalous frames after which nothing was opened, because an event had closed shortly before."""
        self._rules = rules
        self._machine = Hysteresis(rules)
        self._new_id = new_id
        self._suspects: deque[Judged | None] = deque(maxlen=rules.open_window)
        self._event: _Event | None = None
        self._time_unix_ns = 0

    @property
    def busy(self) -> bool:
        """Whether the last frame belongs to an event that goes on."""
        return self._event is not None and self._event.told

    def step(self, judged: Judged) -> tuple[Draft, ...]:
        """Take the next frame; gives a draft when there is something to say."""
        self._time_unix_ns = judged.frame.time_unix_ns
        action = self._machine.step(self._look(judged.verdict), judged.frame.clock_s)
        if self._event is None and action is not Action.HOLD_BACK:
            self._suspects.append(judged.kept() if judged.verdict.anomalous else None)
        return self._act(action, judged)

    def end(self) -> tuple[Draft, ...]:
        """The stream ended: an open event is closed."""
        return self._act(self._machine.end(), None)

    def _look(self, verdict: Verdict) -> Look:
        if verdict.anomalous:
            return Look.ANOMALOUS
        # Only a threshold above 0 has shares.
        if verdict.taught_good:  # whatever its score
            return Look.NORMAL
        near = verdict.threshold > 0 and verdict.score >= self._rules.close_below * verdict.threshold
        return Look.NEAR if near else Look.NORMAL

    def _act(self, action: Action, judged: Judged | None) -> tuple[Draft, ...]:
        phase = _PHASES.get(action)
        self.alarms += action is Action.OPEN
        if action is Action.HOLD_BACK:
            self.held_back += 1
            self._suspects.clear()
        elif action in (Action.BEGIN, Action.OPEN) and self._event is None:
            self._event = self._begin()
        elif judged is not None and judged.verdict.anomalous and self._event is not None:
            self._event.extend(judged)
        drafts = () if phase is None else (self._draft(phase),)
        if action in (Action.CLOSE, Action.FORGET):
            self._event = None
            self._suspects.clear()
        return drafts

    def _begin(self) -> _Event:
        suspects = [suspect for suspect in self._suspects if suspect is not None]
        self._suspects.clear()
        return _Event(
            event_id=self._new_id(),
            first_frame=suspects[0].frame.number,
            last_frame=suspects[-1].frame.number,
            frames_anomalous=len(suspects),
            peak=max(suspects, key=excess),
        )

    def _draft(self, phase: Phase) -> Draft:
        event = self._event
        assert event is not None, "the table tells of events that began alone"
        event.told = True
        event.severity = max(event.severity, severity_of(event.peak.verdict, self._rules.severity), key=Severity.rank)
        return Draft(
            event_id=event.event_id,
            phase=phase,
            time_unix_ns=self._time_unix_ns,
            first_frame=event.first_frame,
            last_frame=event.last_frame,
            frames_anomalous=event.frames_anomalous,
            peak=event.peak,
            severity=event.severity,
        )


_PHASES = {Action.OPEN: Phase.OPENED, Action.UPDATE: Phase.UPDATED, Action.CLOSE: Phase.CLOSED}
