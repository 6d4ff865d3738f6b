"""Where the results of one camera come together, in order, and are decided."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from linewatch.edge.decide.alarm_rate import AlarmRate
from linewatch.edge.decide.draft import Draft
from linewatch.edge.decide.event import Phase
from linewatch.edge.decide.failed_run import FailedRun
from linewatch.edge.decide.latency import Latency
from linewatch.edge.decide.make_tracker import make_tracker
from linewatch.edge.decide.order import InOrder
from linewatch.edge.decide.part import PartTally
from linewatch.edge.decide.part_tracker import PartTracker
from linewatch.edge.decide.settings import DecisionSettings
from linewatch.edge.errors import InferenceError
from linewatch.edge.evidence.filming import Filming
from linewatch.edge.evidence.settings import EvidenceSettings
from linewatch.edge.infer.batch import Result
from linewatch.edge.infer.verdict import Judged, Unjudged
from linewatch.edge.ring.lost import Lost

_NO_RUN = FailedRun()


@dataclass(slots=True)
class DeskTally:
    """Counts of one camera: frames by the bundle that judged them, messages by phase, times from capture to decision.

    `early` frames had too few before them to be judged; `held_back` ones were anomalous while an event cooled down;
    `taught_good` ones score as anomalous ones do, and show what an operator called good. `failed_run` are those that
    failed since the last one that was judged.
    """

    judged: int = 0
    anomalous: int = 0
    failed: int = 0
    early: int = 0
    held_back: int = 0
    taught_good: int = 0
    last_frame_s: float = 0.0
    by_bundle: Counter[str] = field(default_factory=Counter)
    by_phase: Counter[Phase] = field(default_factory=Counter)
    latency: Latency = field(default_factory=Latency)
    failed_run: FailedRun = field(default_factory=FailedRun)


class Desk:
    """Takes results from any worker's thread; emits drafts in the order of the frames."""

    def __init__(
        self,
        rules: DecisionSettings,
        *,
        emit: Callable[[Draft], None],
        on_failure: Callable[[InferenceError], None],
        clock: Callable[[], float],
        on_gate_trouble: Callable[[str], None] = lambda _: None,
        evidence: EvidenceSettings | None = None,
    ) -> None:
        """Decide by `rules`; `emit` may wait, and the workers of this camera with it. `evidence` says whether to film.

        Raises:
            UnreadablePictureError: the picture of the empty view cannot be read.
        """
        self.tally = DeskTally()
        self.alarms = AlarmRate(rules)
        self._filming = Filming(evidence, earlier_s=rules.min_seconds) if evidence and evidence.clips else None
        self._tracker = make_tracker(rules, on_gate_trouble)
        self._order: InOrder[Result] = InOrder()
        self._lock = threading.Lock()
        self._emit = emit
        self._on_failure = on_failure
        self._clock = clock

    @property
    def parts(self) -> PartTally | None:
        """The parts so far; None where a scene is watched."""
        return self._tracker.parts if isinstance(self._tracker, PartTracker) else None

    def deliver(self, ticket: int, result: Result) -> None:
        """Take the result with `ticket`; results that were waiting for it are decided with it."""
        with self._lock:
            for ready in self._order.push(ticket, result):
                # Supervision boundary: what one camera shows must not end the worker, which serves all of them.
                try:
                    self._decide(ready)
                except Exception as error:  # noqa: BLE001
                    self._on_failure(InferenceError(f"not decided: {type(error).__name__}: {error}"))

    def _decide(self, result: Result) -> None:
        for draft in self._drafts(result):
            self.tally.by_phase[draft.phase] += 1
            self._emit(draft)

    def _drafts(self, result: Result) -> tuple[Draft, ...]:
        if isinstance(result, Judged):
            return self._step(result)
        if isinstance(result, Lost):
            return self._lose(result)
        if isinstance(result, Unjudged):
            self._note(result)
            return self._lose(Lost.frame(result.part))
        return self._end()

    def _note(self, unjudged: Unjudged) -> None:
        if unjudged.error is None:
            self.tally.early += 1
        else:
            self.tally.failed += 1
            self.tally.failed_run = self.tally.failed_run.longer(unjudged.bundle_digest, str(unjudged.error))
            self._on_failure(unjudged.error)

    def _step(self, judged: Judged) -> tuple[Draft, ...]:
        tally = self.tally
        tally.judged += 1
        tally.failed_run = _NO_RUN
        tally.anomalous += judged.verdict.anomalous
        tally.taught_good += judged.verdict.taught_good
        tally.by_bundle[judged.verdict.bundle_digest] += 1
        tally.last_frame_s = self._clock()
        tally.latency.add(tally.last_frame_s - judged.frame.clock_s)
        before = self._tracker.alarms
        drafts = self._tracker.step(judged)
        tally.held_back = self._tracker.held_back
        alarms = self._tracker.alarms - before
        self.alarms.frame(judged, events=alarms, calm=not drafts and not self._tracker.busy)
        if self._filming is not None:
            self._filming.see(judged.frame)
        return self._film(drafts)

    def _lose(self, lost: Lost) -> tuple[Draft, ...]:
        tracker = self._tracker
        if not isinstance(tracker, PartTracker):
            return ()
        return self._film(tuple(draft for part in lost.parts for draft in tracker.lose(part)))

    def _end(self) -> tuple[Draft, ...]:
        self.alarms.end()
        return self._film(self._tracker.end())

    def _film(self, drafts: tuple[Draft, ...]) -> tuple[Draft, ...]:
        return drafts if self._filming is None else self._filming.attach(drafts)
