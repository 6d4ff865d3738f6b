"""Compares what the agent said, in its spool's ledger and on its terminal, with what the cloud's database holds."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.chaos.history import OPENING_FRAMES, History, Told, is_possible, run_of
from bench.chaos.line import DEVICE, PERIOD_FRAMES, RUN_FRAMES, SITE, Line
from linewatch.cloud.events.settings import StoreSettings
from linewatch.cloud.events.store import EventStore
from linewatch.edge.decide.event import AnomalyEvent, Phase
from linewatch.edge.decide.proto import from_proto
from linewatch.edge.spool.ledger import Ledger, chain_over, payload_digest
from linewatch.edge.spool.message import SpoolReport
from linewatch.protos import event_pb2

Key = tuple[str, str]
"""Event and phase."""


@dataclass(frozen=True, kw_only=True)
class Agent:
    """Known of the agent without its spool: its log, how often it was killed, frames that its last boot judged."""

    log: Path
    kills: int
    judged: int


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of everything.

    Attributes:
        events, messages: in the store.
        lost: messages that the ledger or the agent's log knows and the store does not, events that never closed, and
            anomalies on the line that were not reported before the boot died or its camera ended.
        duplicated: transitions that are there twice, and anomalies that were reported as two events.
        wrong: boots whose hash chain differs from the ledger's or that it does not know, quarantined messages, events
            that the agent cannot have told of the line, and messages that its log should tell of and does not.
        closed_after_death: events that an agent left open when it died, and the next one closed.
    """

    events: int
    messages: int
    lost: int
    duplicated: int
    wrong: int
    closed_after_death: int


def compare(report: SpoolReport, store_url: str, agent: Agent, line: Line) -> Verdict:
    """Judge. Only meaningful once the spool is empty and everything has ended."""
    store = EventStore(StoreSettings(url=store_url))
    try:
        sources = store.sources()
        known = {(SITE, DEVICE, ledger.boot) for ledger in report.ledgers}
        count = _Count(line, wrong=len(store.quarantined()) + len(set(sources) - known))
        for ledger in report.ledgers:
            count.add_boot(ledger, dict(store.payloads(DEVICE, ledger.boot)))
    finally:
        store.close()
    return count.verdict(_logged(agent.log), agent)


class _Count:
    """Goes through the boots one after the other, so that only what is still open has to be held."""

    def __init__(self, line: Line, wrong: int) -> None:
        self._line = line
        self._open: dict[str, list[Told]] = {}
        self._opened: list[list[int]] = []
        self._stored: Counter[Key] = Counter()
        self._events = self._messages = self._lost = self._closed_after_death = 0
        self._wrong = wrong

    def add_boot(self, ledger: Ledger, payloads: dict[int, bytes]) -> None:
        """The messages of the next boot, by their sequence."""
        boot = len(self._opened)
        told = [_read(boot, payload) for _, payload in sorted(payloads.items())]
        self._messages += len(told)
        self._lost += max(0, ledger.last_sequence - len(told))
        self._wrong += _chain(payloads) != ledger.chain
        self._stored.update(map(_key, told))
        self._opened.append([run_of(one.event) for one in told if _opens(one)])
        for one in told:
            self._open.setdefault(one.event.event_id, []).append(one)
        self._judge([name for name, history in self._open.items() if _is_over(history, boot)])

    def verdict(self, logged: Counter[Key], agent: Agent) -> Verdict:
        """What became of everything."""
        self._judge(list(self._open))
        opened, stored = self._opened, self._stored
        return Verdict(
            events=self._events,
            messages=self._messages,
            lost=self._lost + (logged - stored).total() + _untold(opened, agent.judged),
            duplicated=sum(count - 1 for (_, phase), count in stored.items() if phase != Phase.UPDATED)
            + sum(len(runs) - len(set(runs)) for runs in opened),
            # A kill can fall between the commit and the log's line, and cut one line, which takes the next with it.
            wrong=self._wrong + max(0, (stored - logged).total() - 3 * agent.kills),
            closed_after_death=self._closed_after_death,
        )

    def _judge(self, names: Iterable[str]) -> None:
        for name in names:
            history = self._open.pop(name)
            self._events += 1
            self._lost += history[-1].event.phase is not Phase.CLOSED
            self._wrong += not is_possible(history, self._line, cut_short=_is_last(history, self._opened))
            self._closed_after_death += history[0].boot != history[-1].boot


def _is_over(history: History, boot: int) -> bool:
    """Whether nothing more can be told of it: what a boot leaves open the next one closes."""
    return history[-1].boot < boot or history[-1].event.phase is Phase.CLOSED


def _read(boot: int, payload: bytes) -> Told:
    event, _, _ = from_proto(event_pb2.Event.FromString(payload))
    assert isinstance(event, AnomalyEvent), "the simulated camera does not fail"
    return Told(boot=boot, event=event)


def _opens(told: Told) -> bool:
    return told.event.phase is Phase.OPENED


def _key(told: Told) -> Key:
    return told.event.event_id, told.event.phase.value


def _is_last(history: History, opened: Sequence[Sequence[int]]) -> bool:
    """Whether no later event of its boot is known."""
    return run_of(history[0].event) >= max(opened[history[0].boot], default=0)


def _untold(opened: Sequence[Sequence[int]], judged: int) -> int:
    """Runs of anomalous frames that no event was opened for: before the last one told, and in the last boot all."""
    due = [max(runs, default=-1) + 1 for runs in opened]
    whole, rest = divmod(judged, PERIOD_FRAMES)
    due[-1] = whole + (rest >= RUN_FRAMES + OPENING_FRAMES)
    return sum(max(0, count - len(set(runs))) for count, runs in zip(due, opened, strict=True))


def _logged(log: Path) -> Counter[Key]:
    """Every transition that the agent's log tells of; a kill may have cut a line."""
    told: Counter[Key] = Counter()
    for text in log.read_text(encoding="utf-8").splitlines():
        try:
            line = json.loads(text)
        except json.JSONDecodeError:
            continue
        word, _, phase = str(line.get("event", "")).partition(" ")
        if word == "event" and phase in {*Phase, "lost"}:
            told[line["event_id"], phase] += 1
    return told


def _chain(found: dict[int, bytes]) -> bytes:
    return chain_over(payload_digest(found[sequence]) for sequence in sorted(found))
