"""One transaction of the spool: what one group of records and acknowledgements does to the database."""

import sqlite3
from collections.abc import Sequence

from linewatch.edge.decide.event import Phase
from linewatch.edge.spool.ledger import Ledger, payload_digest

SequenceRange = tuple[int, int]
"""First and last sequence number, both inclusive."""

_LARGEST = 2**63 - 1

_INSERT = "INSERT INTO messages (boot, sequence, phase, size, payload) VALUES (?, ?, ?, ?, ?)"
_KEEP_LEDGER = (
    "INSERT INTO ledger (boot, device, last_sequence, chain) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (boot) DO UPDATE SET last_sequence = excluded.last_sequence, chain = excluded.chain"
)
_KEEP_OPEN = "INSERT OR REPLACE INTO open_events (event_id, boot, payload) VALUES (?, ?, ?)"
_NOT_OPEN = "DELETE FROM open_events WHERE event_id = ?"
_FORGET = "DELETE FROM messages WHERE boot = ? AND sequence BETWEEN ? AND ? RETURNING size"
_FORGET_GAP = "DELETE FROM gaps WHERE boot = ? AND sequence BETWEEN ? AND ?"
_OLDEST_UPDATED = (
    "SELECT position, boot, sequence, size, payload FROM messages WHERE phase = 'updated' ORDER BY position LIMIT 1"
)
_ONE = "SELECT position, boot, sequence, size, payload FROM messages WHERE boot = ? AND sequence = ?"
_OLDEST = "SELECT position, boot, sequence, size, payload FROM messages ORDER BY position LIMIT 1"


class Group:
    """Changes inside one transaction. Its counts are the spool's new truth once the caller has committed it."""

    def __init__(
        self, connection: sqlite3.Connection, ledger: Ledger, waiting_messages: int, waiting_bytes: int
    ) -> None:
        self._connection = connection
        self.ledger = ledger
        self.waiting_messages = waiting_messages
        self.waiting_bytes = waiting_bytes
        self.recorded = 0
        self.acknowledged = 0
        self.evicted: list[tuple[str, int]] = []

    def add(self, event_id: str, phase: Phase, payload: bytes) -> int:
        """Append a message of this boot, and note whether its event is open now; returns its sequence number."""
        self.ledger = self.ledger.advanced(payload_digest(payload))
        sequence = self.ledger.last_sequence
        self._connection.execute(_INSERT, (self.ledger.boot, sequence, phase.value, len(payload), payload))
        if phase is Phase.CLOSED:
            self._connection.execute(_NOT_OPEN, (event_id,))
        else:
            self._connection.execute(_KEEP_OPEN, (event_id, self.ledger.boot, payload))
        self.recorded += 1
        self.waiting_messages += 1
        self.waiting_bytes += len(payload)
        return sequence

    def forget(self, boot: str, ranges: Sequence[SequenceRange]) -> int:
        """Remove what the cloud has committed; returns how many messages went."""
        gone = 0
        for first, last in ranges:
            bounds = (boot, max(first, 0), min(last, _LARGEST))
            if bounds[1] > bounds[2]:
                continue
            sizes = [row[0] for row in self._connection.execute(_FORGET, bounds).fetchall()]
            self._connection.execute(_FORGET_GAP, bounds)
            gone += len(sizes)
            self._took(len(sizes), sum(sizes))
        self.acknowledged += gone
        return gone

    def abandon(self, boot: str, sequence: int) -> None:
        """Remove one message, if it is here; it leaves a gap behind."""
        row = self._connection.execute(_ONE, (boot, sequence)).fetchone()
        if row is not None:
            self._evict(*row)

    def evict_down_to(self, max_bytes: int) -> None:
        """Make room: the oldest `updated` messages go first, then the oldest of all; each leaves a gap behind."""
        while self.waiting_bytes > max_bytes:
            row = self._connection.execute(_OLDEST_UPDATED).fetchone() or self._connection.execute(_OLDEST).fetchone()
            self._evict(*row)

    def keep_ledger(self) -> None:
        """Write the ledger's row, if this group added to it."""
        if self.recorded:
            row = (self.ledger.boot, self.ledger.device, self.ledger.last_sequence, self.ledger.chain)
            self._connection.execute(_KEEP_LEDGER, row)

    def _evict(self, position: int, boot: str, sequence: int, size: int, payload: bytes) -> None:
        self._connection.execute("DELETE FROM messages WHERE position = ?", (position,))
        self._connection.execute("INSERT INTO gaps VALUES (?, ?, ?)", (boot, sequence, payload_digest(payload)))
        self._took(1, size)
        self.evicted.append((boot, sequence))

    def _took(self, messages: int, size: int) -> None:
        self.waiting_messages -= messages
        self.waiting_bytes -= size
