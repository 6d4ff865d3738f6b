"""Gives one verdict on each part of a line."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from linewatch.edge.decide.draft import Draft, excess
from linewatch.edge.decide.event import Phase, Severity
from linewatch.edge.decide.part import PartTally, PartVerdict, Quality, TellPart
from linewatch.edge.decide.part_finder import PartFinder
from linewatch.edge.decide.part_machine import PART_TABLE, PartAction, PartSignal, PartState
from linewatch.edge.decide.settings import DecisionSettings
from linewatch.edge.decide.severity import severity_of
from linewatch.edge.infer.verdict import Judged
from linewatch.edge.ring.lost import LostPart


@dataclass(slots=True)
class _Part:
    number: int
    first_frame: int = 0
    last_frame: int = 0
    frames: int = 0
    lost: int = 0
    frames_anomalous: int = 0
    peak: Judged | None = None
    time_unix_ns: int = 0
    severity: Severity = Severity.LOW


class PartTracker:
    """Turns verdicts on frames into verdicts on parts: told as soon as certain, written when the part is over.

    A part is bad as soon as `after` of its frames are anomalous, and good when it is over without that. Where a
    frame of it was lost, its number of frames is known and fewer were judged, or the stream ended with the part in
    view, nobody can be sure.
    """

    def __init__(
        self,
        rules: DecisionSettings,
        finder: PartFinder,
        tell: TellPart,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        """Begin without a part; `tell` hears each verdict once."""
        self.parts = PartTally()
        self.held_back = 0
        self._rules = rules
        self._finder = finder
        self._tell = tell
        self._new_id = new_id
        self._state = PartState.ABSENT
        self._part = _Part(0)
        self._over = 0
        """Number of the last part that is over."""

    @property
    def alarms(self) -> int:
        """Bad parts."""
        return self.parts.bad

    @property
    def busy(self) -> bool:
        """Whether the part in view is bad."""
        return self._state is PartState.BAD

    def step(self, judged: Judged) -> tuple[Draft, ...]:
        """Take the next frame; gives the message about a bad part that is over."""
        drafts = self._turn_to(self._finder.part_of(judged.frame))
        if self._state is PartState.ABSENT:
            self.parts.stray += judged.verdict.anomalous
            return drafts
        self._follow(self._see(judged), judged)
        return drafts + self._finish()

    def lose(self, lost: LostPart) -> tuple[Draft, ...]:
        """A frame of a part that a trigger named is not judged: the part is not called good. Messages as in `step`."""
        if self._rules.part.by != "trigger":
            return ()
        drafts = self._turn_to(lost.number)
        self._part.lost += 1
        return drafts + (self._follow(PartSignal.CUT_SHORT) if lost.over else self._finish())

    def end(self) -> tuple[Draft, ...]:
        """The stream ended, and the part in view with it."""
        self._finder.end()
        return self._follow(PartSignal.CUT_SHORT)

    def _turn_to(self, number: int) -> tuple[Draft, ...]:
        """Part `number` is in view now, 0 for none; what was before is over."""
        drafts = () if number == self._part.number else self._follow(self._goes())
        if number and number != self._over and self._state is PartState.ABSENT:
            self._count_missed(number)
            self._part = _Part(number)
            self._follow(PartSignal.COMES)
        return drafts

    def _finish(self) -> tuple[Draft, ...]:
        """The part is over when as many frames of it came as should."""
        part = self._part
        return self._follow(self._goes()) if part.frames + part.lost == self._rules.part.frames else ()

    def _goes(self) -> PartSignal:
        part = self._part
        return PartSignal.CUT_SHORT if part.lost or part.frames < self._rules.part.frames else PartSignal.GOES

    def _see(self, judged: Judged) -> PartSignal:
        part = self._part
        if not part.frames:
            part.first_frame = judged.frame.number
        part.frames += 1
        part.last_frame = judged.frame.number
        part.time_unix_ns = judged.frame.time_unix_ns
        if not judged.verdict.anomalous:
            return PartSignal.NORMAL
        confirmed = part.frames_anomalous + 1 >= self._rules.part.after
        return PartSignal.CONFIRMED if confirmed else PartSignal.ANOMALOUS

    def _follow(self, signal: PartSignal, judged: Judged | None = None) -> tuple[Draft, ...]:
        self._state, action = PART_TABLE[self._state, signal]
        part = self._part
        if action in (PartAction.EXTEND, PartAction.REJECT) and judged is not None:
            self._extend(judged)
        if action is PartAction.REJECT:
            self.parts.bad += 1
            defect_class = part.peak.verdict.defect_class if part.peak else ""
            self._say(PartVerdict(part=part.number, quality=Quality.BAD, defect_class=defect_class))
        if action is PartAction.PASS:
            self.parts.good += 1
            self._say(PartVerdict(part=part.number, quality=Quality.GOOD))
        if action is PartAction.DOUBT:
            self.parts.unsure += 1
            self._say(PartVerdict(part=part.number, quality=Quality.UNSURE))
        if signal in (PartSignal.GOES, PartSignal.CUT_SHORT):
            self._over = part.number
        return (self._draft(),) if action is PartAction.REPORT else ()

    def _extend(self, judged: Judged) -> None:
        part = self._part
        part.frames_anomalous += 1
        part.severity = max(part.severity, severity_of(judged.verdict, self._rules.severity), key=Severity.rank)
        if part.peak is None or excess(judged) > excess(part.peak):
            part.peak = judged.kept()

    def _say(self, verdict: PartVerdict) -> None:
        self.parts.unheard += not self._tell(verdict)

    def _count_missed(self, number: int) -> None:
        # A trigger that began anew counts from a lower number.
        if self._over and number > self._over:
            self.parts.missed += number - self._over - 1

    def _draft(self) -> Draft:
        part = self._part
        assert part.peak is not None, "a bad part has an anomalous frame"
        return Draft(
            event_id=self._new_id(),
            phase=Phase.CLOSED,
            time_unix_ns=part.time_unix_ns,
            first_frame=part.first_frame,
            last_frame=part.last_frame,
            frames_anomalous=part.frames_anomalous,
            peak=part.peak,
            severity=part.severity,
            part=part.number,
        )
