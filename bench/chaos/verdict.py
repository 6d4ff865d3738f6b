"""Compares what the agent said, in its spool's ledger and on its terminal, with what the cloud's database holds."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from bench.chaos.line import DEVICE, PERIOD_FRAMES, RUN_FRAMES, SITE, Line, is_anomalous
from linewatch.cloud.events.settings import StoreSettings
from linewatch.cloud.events.store import EventStore
from linewatch.edge.decide.event import AnomalyEvent, Phase
from linewatch.edge.decide.proto import from_proto
from linewatch.edge.spool.ledger import chain_over, payload_digest
from linewatch.edge.spool.message import SpoolReport
from linewatch.protos import event_pb2


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of everything.

    Attributes:
        events, messages: in the store.
        lost: messages that the ledger or the agent's log knows and the store does not, events that never closed, and
            anomalies on the line before the last reported one of a boot that were not reported.
        duplicated: transitions that are there twice.
        wrong: boots whose hash chain differs from the ledger's or that it does not know, quarantined messages,
            transitions that cannot follow one another, and events that the line cannot have shown.
        closed_after_death: events that an agent left open when it died, and a later one closed.
    """

    events: int
    messages: int
    lost: int
    duplicated: int
    wrong: int
    closed_after_death: int


@dataclass(frozen=True, kw_only=True)
class _Stored:
    boot: str
    event: AnomalyEvent
    placed: bool


def compare(report: SpoolReport, store_url: str, agent_log: Path, line: Line) -> Verdict:
    """Judge. Only meaningful once the spool is empty and everything has ended."""
    store = EventStore(StoreSettings(url=store_url))
    try:
        boots = {row.boot for row in store.events()}
        quarantined = len(store.quarantined())
        payloads = [dict(store.payloads(ledger.device, ledger.boot)) for ledger in report.ledgers]
    finally:
        store.close()
    stored = [_read(payload) for boot in payloads for _, payload in sorted(boot.items())]
    told = Counter((one.event.event_id, one.event.phase) for one in stored if one.event.phase is not Phase.UPDATED)
    histories = _histories(stored)
    ledgers = list(zip(report.ledgers, payloads, strict=True))
    return Verdict(
        events=len(histories),
        messages=len(stored),
        lost=sum(max(0, ledger.last_sequence - len(boot)) for ledger, boot in ledgers)
        + sum(history[-1].event.phase is not Phase.CLOSED for history in histories)
        + len(_logged(agent_log) - _keys(stored))
        + _untold(stored),
        duplicated=sum(told.values()) - len(told),
        wrong=quarantined
        + len(boots - {ledger.boot for ledger in report.ledgers})
        + sum(_chain(boot) != ledger.chain for ledger, boot in ledgers)
        + sum(not _is_possible(history, line) for history in histories),
        closed_after_death=sum(history[0].boot != history[-1].boot for history in histories),
    )


def _read(payload: bytes) -> _Stored:
    event, identity, site = from_proto(event_pb2.Event.FromString(payload))
    return _Stored(boot=identity.boot, event=event, placed=(site, identity.device) == (SITE, DEVICE))


def _histories(stored: Sequence[_Stored]) -> list[list[_Stored]]:
    """The transitions of each event, in the order in which they were said."""
    histories: dict[str, list[_Stored]] = {}
    for one in stored:
        histories.setdefault(one.event.event_id, []).append(one)
    return list(histories.values())


def _is_possible(history: Sequence[_Stored], line: Line) -> bool:
    phases = [one.event.phase for one in history]
    between = phases[1:-1] if phases[-1] is Phase.CLOSED else phases[1:]
    in_order = phases[0] is Phase.OPENED and set(between) <= {Phase.UPDATED}
    return in_order and all(one.placed and _was_shown(one.event, line) for one in history)


def _was_shown(event: AnomalyEvent, line: Line) -> bool:
    frames = (event.first_frame, event.peak_frame, event.last_frame)
    one_run = len({frame // PERIOD_FRAMES for frame in frames}) == 1 and all(is_anomalous(frame) for frame in frames)
    score = abs(event.peak_score - line.score) <= line.tolerance * line.score
    return one_run and score and 1 <= event.frames_anomalous <= RUN_FRAMES and _has_evidence(event)


def _has_evidence(event: AnomalyEvent) -> bool:
    evidence = event.evidence
    if evidence is None or len(evidence.heat_map.cells) != evidence.heat_map.width * evidence.heat_map.height:
        return False
    crop = cv2.imdecode(np.frombuffer(evidence.crop_jpeg, np.uint8), cv2.IMREAD_COLOR)
    return crop is not None and crop.size > 0


def _untold(stored: Iterable[_Stored]) -> int:
    """Runs of anomalous frames before the last one that a boot reported, and that it did not report."""
    runs: dict[str, set[int]] = {}
    for one in stored:
        if one.event.phase is Phase.OPENED:
            runs.setdefault(one.boot, set()).add(one.event.first_frame // PERIOD_FRAMES)
    return sum(max(told) + 1 - len(told) for told in runs.values())


def _keys(stored: Iterable[_Stored]) -> set[tuple[str, str]]:
    return {(one.event.event_id, one.event.phase.value) for one in stored}


def _logged(log: Path) -> set[tuple[str, str]]:
    """Event and phase of every transition that the agent's log tells of; a kill may have cut a line."""
    told: set[tuple[str, str]] = set()
    for text in log.read_text(encoding="utf-8").splitlines():
        try:
            line = json.loads(text)
        except json.JSONDecodeError:
            continue
        word, _, phase = line.get("event", "").partition(" ")
        if word == "event" and phase in {*Phase, "lost"}:
            told.add((line["event_id"], phase))
    return told


def _chain(boot: dict[int, bytes]) -> bytes:
    return chain_over(payload_digest(boot[sequence]) for sequence in sorted(boot))
