"""How often a camera raises alarms, held against what was promised. Pure."""

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Self

from linewatch.edge.decide.near_misses import NearMisses, Prediction
from linewatch.edge.decide.poisson import lasting_lower_bound, poisson_interval
from linewatch.edge.decide.settings import DecisionSettings
from linewatch.edge.infer.verdict import Judged

WINDOW_S = 6 * 3600.0
BROKEN_FACTOR = 2.0
"""A promise is broken when the rate is above so many times what was promised, beyond doubt."""
CONFIDENCE = 0.95
"""Of the interval that is shown."""
DOUBT = 0.001
"""Probability that a promise which is kept is ever called broken."""

_BUCKETS = 72
_LONGEST_GAP_S = 60.0
"""A pause between two frames counts as judged no longer than this."""
_BUNDLES = 8
_HOUR_S = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmCount:
    """What was counted over some time, and what follows from it. Rates are events an hour of judged time.

    Attributes:
        events: events opened, or bad parts where parts are judged.
        frames: frames judged.
        seconds: judged time; pauses of a camera count up to a minute each.
        per_hour: the rate; 0 before there is any time.
        lower_per_hour, upper_per_hour: the exact two-sided interval of Garwood around it, at a confidence of 95 %.
        at_least_per_hour: a lower bound that holds at all times, so that it may be looked at as often as one likes.
        promised_per_hour: at most so many were promised, for a camera of this frame rate; None: nothing was.
        broken: even `at_least_per_hour` is above `BROKEN_FACTOR` times what was promised. It takes ten events at least.
            All events count: a device cannot know which of them were false. Events that come in clusters prove less
            than they seem to; `cool_down_seconds` makes one event of a cluster.
    """

    events: int = 0
    frames: int = 0
    seconds: float = 0.0
    per_hour: float = 0.0
    lower_per_hour: float = 0.0
    upper_per_hour: float = 0.0
    at_least_per_hour: float = 0.0
    promised_per_hour: float | None = None
    broken: bool = False

    @classmethod
    def of(cls, events: int, frames: int, seconds: float, promised_per_hour: float | None) -> Self:
        """Draw the conclusions."""
        if seconds <= 0:
            return cls(events=events, frames=frames)
        hours = seconds / _HOUR_S
        lower, upper = poisson_interval(events, CONFIDENCE)
        at_least = lasting_lower_bound(events, DOUBT) / hours
        return cls(
            events=events,
            frames=frames,
            seconds=seconds,
            per_hour=events / hours,
            lower_per_hour=lower / hours,
            upper_per_hour=upper / hours,
            at_least_per_hour=at_least,
            promised_per_hour=promised_per_hour,
            broken=promised_per_hour is not None and at_least > BROKEN_FACTOR * promised_per_hour,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmReport:
    """The alarms of one camera: over the last hours, by bundle since it began to serve here, and to be expected.

    Attributes:
        recent: the last six hours of judged time, whichever bundles judged. Its bounds hold for each window by itself.
        by_bundle: by digest, the newest last; the last eight bundles.
        predicted: what the scores of normal frames let expect of the newest bundle; None while that cannot be said.
    """

    recent: AlarmCount = AlarmCount()
    by_bundle: dict[str, AlarmCount] = field(default_factory=dict)
    predicted: Prediction | None = None

    @property
    def broken(self) -> bool:
        """Whether the last hours broke the promise."""
        return self.recent.broken


@dataclass(slots=True)
class _Counter:
    events: int = 0
    frames: int = 0
    seconds: float = 0.0
    allowed: float | None = 0.0
    """False alarms that the promise allows for these frames; None as soon as one of them was judged without promise."""

    def add(self, other: "_Counter") -> None:
        self.events += other.events
        self.frames += other.frames
        self.seconds += other.seconds
        self.allowed = None if self.allowed is None or other.allowed is None else self.allowed + other.allowed

    def count(self) -> AlarmCount:
        promised = self.allowed * _HOUR_S / self.seconds if self.allowed is not None and self.seconds > 0 else None
        return AlarmCount.of(self.events, self.frames, self.seconds, promised)


class AlarmRate:
    """Counts the alarms of one camera. Fed by the thread that decides; may be read from any other.

    What is promised is the camera's `false_alarms_per_hour`, and without it the bundle's: its rate for one frame, times
    the frames that were judged. Memory is bounded: 72 spans of five minutes and eight bundles.
    """

    def __init__(self, rules: DecisionSettings) -> None:
        """Nothing counted yet."""
        self._hourly = rules.false_alarms_per_hour
        self._spans: deque[_Counter] = deque([_Counter()], maxlen=_BUCKETS)
        self._bundles: OrderedDict[str, _Counter] = OrderedDict()
        self._serving = ""
        self._near = NearMisses(*_asked_for(rules))
        self._threshold: float | None = None
        self._last_s: float | None = None
        self._lock = threading.Lock()

    def frame(self, judged: Judged, *, events: int, calm: bool) -> None:
        """One frame was judged and decided: it raised so many `events`, and is `calm` if it belongs to none."""
        with self._lock:
            passed_s = self._pass(judged.frame.clock_s)
            verdict = judged.verdict
            one = _Counter(events, 1, passed_s, self._allowed(verdict.false_positive_rate, passed_s))
            self._judge_by(verdict.bundle_digest, verdict.threshold)
            self._span().add(one)
            self._bundle(verdict.bundle_digest).add(one)
            self._near.add(verdict.score - verdict.threshold, passed_s, calm=calm)

    def forget(self, digest: str) -> None:
        """Count the bundle `digest` anew: it was not to blame for its alarms."""
        with self._lock:
            self._count_anew(digest)

    def end(self) -> None:
        """The stream ended: until its next frame nothing is judged."""
        with self._lock:
            self._last_s = None
            self._near.interrupt()

    def report(self) -> AlarmReport:
        """The numbers so far."""
        with self._lock:
            recent = _Counter()
            for span in self._spans:
                recent.add(span)
            by_bundle = {digest: counter.count() for digest, counter in self._bundles.items()}
            return AlarmReport(recent=recent.count(), by_bundle=by_bundle, predicted=self._near.predict())

    def _pass(self, clock_s: float) -> float:
        last_s, self._last_s = self._last_s, clock_s
        return 0.0 if last_s is None else min(max(0.0, clock_s - last_s), _LONGEST_GAP_S)

    def _allowed(self, false_positive_rate: float | None, passed_s: float) -> float | None:
        return false_positive_rate if self._hourly is None else self._hourly * passed_s / _HOUR_S

    def _span(self) -> _Counter:
        if self._spans[-1].seconds >= WINDOW_S / _BUCKETS:
            self._spans.append(_Counter())
        return self._spans[-1]

    def _judge_by(self, digest: str, threshold: float) -> None:
        """An operator may set another threshold for the bundle that serves: what came before says nothing about it."""
        if threshold != self._threshold:
            self._threshold = threshold
            self._near.forget()
            self._count_anew(digest)

    def _count_anew(self, digest: str) -> None:
        if digest in self._bundles:
            self._bundles[digest] = _Counter()

    def _bundle(self, digest: str) -> _Counter:
        if digest != self._serving:
            self._serving = digest
            self._near.forget()
            self._bundles.setdefault(digest, _Counter())
            self._bundles.move_to_end(digest)
            if len(self._bundles) > _BUNDLES:
                self._bundles.popitem(last=False)
        return self._bundles[digest]


def _asked_for(rules: DecisionSettings) -> tuple[int, int]:
    """How many anomalous frames of how many raise an alarm; for a part of unknown length, of three times as many."""
    if rules.mode == "stream":
        return rules.open_after, rules.open_window
    return rules.part.after, rules.part.frames or 3 * rules.part.after
