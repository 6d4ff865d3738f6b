"""Compares what the device's spool says was ever said with what the cloud's database holds."""

from collections import Counter
from dataclasses import dataclass

from bench.chaos.device import SITE
from linewatch.cloud.events.settings import StoreSettings
from linewatch.cloud.events.store import EventStore
from linewatch.edge.decide.event import EventIdentity
from linewatch.edge.decide.proto import to_proto
from linewatch.edge.spool.ledger import Ledger, chain_over, payload_digest
from linewatch.edge.spool.message import SpoolReport
from linewatch.edge.spool.simulated import simulated_event


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Messages the ledger knows, those missing in the store, those there twice, and those that are not as said.

    `wrong` counts payloads that differ from what the simulated camera saw, boots whose hash chain differs from the
    ledger's, rows of boots that the ledger does not know, and quarantined messages.
    """

    said: int
    lost: int
    duplicated: int
    wrong: int


def compare(report: SpoolReport, store_url: str) -> Verdict:
    """Judge. Only meaningful once the spool is empty and everything has ended."""
    store = EventStore(StoreSettings(url=store_url))
    try:
        return _compare(report, store)
    finally:
        store.close()


def _compare(report: SpoolReport, store: EventStore) -> Verdict:
    rows = store.events()
    said = lost = 0
    wrong = len(store.quarantined()) + len({row.boot for row in rows} - {ledger.boot for ledger in report.ledgers})
    for ledger in report.ledgers:
        stored = dict(store.payloads(ledger.device, ledger.boot))
        lost += len(set(range(1, ledger.last_sequence + 1)) - set(stored))
        wrong += _wrong(ledger, stored, said)
        said += ledger.last_sequence
    seen = Counter((row.event_id, row.phase) for row in rows)
    return Verdict(said=said, lost=lost, duplicated=sum(seen.values()) - len(seen), wrong=wrong)


def _wrong(ledger: Ledger, stored: dict[int, bytes], first_number: int) -> int:
    wrong = sum(payload != _expected(ledger, sequence, first_number) for sequence, payload in stored.items())
    digests = [payload_digest(stored[sequence]) for sequence in sorted(stored)]
    return wrong + (chain_over(digests) != ledger.chain)


def _expected(ledger: Ledger, sequence: int, first_number: int) -> bytes:
    """What the device must have said: boots follow one another in the ledger, and so do the simulated events."""
    identity = EventIdentity(device=ledger.device, boot=ledger.boot, sequence=sequence)
    event = simulated_event(first_number + sequence - 1)
    return to_proto(event, identity, SITE).SerializeToString(deterministic=True)
