"""One transaction of the spool: what one group of records and acknowledgements does to the database."""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from linewatch.edge.spool.gap_event import gap_event
from linewatch.edge.spool.gaps import GapTable
from linewatch.edge.spool.held import Held
from linewatch.edge.spool.ledger import Ledger, payload_digest
from linewatch.edge.spool.worth import Worth, worth_of
from linewatch.protos import event_pb2

SequenceRange = tuple[int, int]
"""First and last sequence number, both inclusive."""

_LARGEST = 2**63 - 1
_COPIES_SHARE = 8
"""Copies of open events may take one part in so many of the room; beyond it they go without their evidence."""

_PHASES = {
    event_pb2.EVENT_PHASE_OPENED: "opened",
    event_pb2.EVENT_PHASE_UPDATED: "updated",
    event_pb2.EVENT_PHASE_CLOSED: "closed",
}

_INSERT = (
    "INSERT INTO messages (boot, sequence, phase, size, payload, event_id, worth, recorded_s)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_KEEP_LEDGER = (
    "INSERT INTO ledger (boot, device, last_sequence, chain) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (boot) DO UPDATE SET last_sequence = excluded.last_sequence, chain = excluded.chain"
)
_KEEP_OPEN = (
    "INSERT INTO open_events (event_id, boot, payload) VALUES (?, ?, ?)"
    " ON CONFLICT (event_id) DO UPDATE SET boot = excluded.boot, payload = excluded.payload"
)
_COPY_BYTES = "SELECT length(payload) FROM open_events WHERE event_id = ?"
_NOT_OPEN = "DELETE FROM open_events WHERE event_id = ? RETURNING heard, length(payload)"
_OPENED_WORTH = "SELECT max(worth) FROM messages WHERE event_id = ? AND phase = 'opened'"
_FORGET = "DELETE FROM messages WHERE boot = ? AND sequence BETWEEN ? AND ? RETURNING size, event_id, phase, worth"
_HEARD = "UPDATE open_events SET heard = 1 WHERE event_id = ?"
_ENDS = "UPDATE messages SET worth = ?1 WHERE event_id = ?2 AND phase = 'closed' AND worth < ?1"
_FIND = "SELECT position, boot, sequence, size, worth, recorded_s FROM messages "
_LEAST_WORTH = _FIND + "WHERE worth < ? ORDER BY worth, position LIMIT 1"
# The plus keeps SQLite from the index of worth, by which it would sort all messages to find the oldest.
_OLDEST = _FIND + "WHERE +worth < ? ORDER BY position LIMIT 1"
_ONE = _FIND + "WHERE boot = ? AND sequence = ?"


class _Row(NamedTuple):
    position: int
    boot: str
    sequence: int
    size: int
    worth: int
    recorded_s: float


class Group:
    """Changes inside one transaction. Its counts are the spool's new truth once the caller has committed it."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        ledger: Ledger,
        *,
        held: Held,
        max_bytes: int,
        now_s: float,
        least_free_pages: int = 0,
    ) -> None:
        """Begin with what the last commit left.

        Args:
            connection: with a transaction that is open, or will be.
            ledger, held: as of the last commit.
            max_bytes: room for everything.
            now_s: time on the spool's own clock.
            least_free_pages: of the database, to be left by `fit`; above 0 where the disk is full.
        """
        self._connection = connection
        self._gaps = GapTable(connection, held.gaps)
        self._messages, self._message_bytes, self._copy_bytes = held.messages, held.message_bytes, held.copy_bytes
        self._max_bytes = max_bytes
        self._least_free_pages = least_free_pages
        self.now_s = now_s
        self.ledger = ledger
        self._ledger_before = ledger
        self.recorded = 0
        self.acknowledged = 0
        self.evicted: list[tuple[str, int]] = []

    def held(self) -> Held:
        """What the spool holds once this is committed."""
        return Held(
            messages=self._messages,
            message_bytes=self._message_bytes,
            copy_bytes=self._copy_bytes,
            gaps=self._gaps.rows,
        )

    def add(self, event: event_pb2.Event, payload: bytes) -> int:
        """Append a message of this boot, and note whether its event is open now; returns its sequence number."""
        self.ledger = self.ledger.advanced(payload_digest(payload))
        sequence, worth = self.ledger.last_sequence, worth_of(event)
        if event.phase == event_pb2.EVENT_PHASE_CLOSED:
            worth = self._end(event.event_id, worth)
        else:
            self._keep_open(event, payload)
        row = (self.ledger.boot, sequence, _PHASES[event.phase], len(payload), payload, event.event_id, int(worth))
        self._connection.execute(_INSERT, (*row, self.now_s))
        self.recorded += 1
        self._took(-1, -len(payload))
        return sequence

    def pass_over(self, messages: int) -> None:
        """Leave out the numbers of messages that were given up before they came here; they are a gap."""
        for _ in range(messages):
            self.ledger = self.ledger.passed_over()
            self._gaps.add(self.ledger.boot, self.ledger.last_sequence)

    def forget(self, boot: str, ranges: Sequence[SequenceRange]) -> int:
        """Remove what the cloud has committed; returns how many messages went."""
        gone = 0
        for first, last in ranges:
            low, high = max(first, 0), min(last, _LARGEST)
            if low > high:
                continue
            rows = self._connection.execute(_FORGET, (boot, low, high)).fetchall()
            self._gaps.mend(boot, low, high)
            self._note_heard(rows)
            gone += len(rows)
            self._took(len(rows), sum(row[0] for row in rows))
        self.acknowledged += gone
        return gone

    def abandon(self, boot: str, sequence: int) -> None:
        """Remove one message, if it is here; it leaves a gap behind."""
        row = self._find(_ONE, boot, sequence)
        if row is not None:
            self._evict(row)
            if row.worth == Worth.GAP:
                self._gaps.unheard()

    def evict_older_than(self, recorded_s: float) -> None:
        """Give up what was recorded before `recorded_s` on the spool's clock; each leaves a gap behind."""
        while (row := self._find(_OLDEST, int(Worth.GAP))) is not None and row.recorded_s < recorded_s:
            self._evict(row)

    def fit(self) -> None:
        """Give up what there is no room for, the least worth first; each leaves a gap behind."""
        while self._too_much():
            row = self._find(_LEAST_WORTH, int(Worth.GAP))
            if row is None:
                return
            self._evict(row)

    def tell_gaps(self, *, site: str, time_unix_ns: int) -> None:
        """Append the message about what was given up, unless one waits already or there is nothing to tell."""
        gaps = self._gaps.to_tell()
        if not gaps:
            return
        event = gap_event(
            gaps,
            site=site,
            device=self.ledger.device,
            boot=self.ledger.boot,
            sequence=self.ledger.last_sequence + 1,
            time_unix_ns=time_unix_ns,
        )
        self._gaps.tell(gaps)
        self.add(event, event.SerializeToString(deterministic=True))

    def keep_ledger(self) -> None:
        """Write the ledger's row, if this group added to it."""
        if self.ledger != self._ledger_before:
            row = (self.ledger.boot, self.ledger.device, self.ledger.last_sequence, self.ledger.chain)
            self._connection.execute(_KEEP_LEDGER, row)

    def keep_clock(self, wall_s: float) -> None:
        """Write what the spool's clock shows, and the wall clock beside it."""
        self._connection.execute("UPDATE clock SET at_s = ?, wall_s = ?", (self.now_s, wall_s))

    def _end(self, event_id: str, worth: Worth) -> Worth:
        """The event is closed: how much the message about that is worth, given what the cloud has and will have."""
        heard = self._connection.execute(_NOT_OPEN, (event_id,)).fetchone()
        if heard is not None:
            self._copy_bytes -= heard[1]
            if heard[0]:
                return max(worth, Worth.ENDS)
        # An `opened` that the `closed` makes needless must not outlive it.
        return max(worth, Worth(self._connection.execute(_OPENED_WORTH, (event_id,)).fetchone()[0] or 0))

    def _keep_open(self, event: event_pb2.Event, payload: bytes) -> None:
        before = self._connection.execute(_COPY_BYTES, (event.event_id,)).fetchone()
        self._copy_bytes -= before[0] if before else 0
        copy = self._copy(event, payload)
        self._connection.execute(_KEEP_OPEN, (event.event_id, self.ledger.boot, copy))
        self._copy_bytes += len(copy)

    def _too_much(self) -> bool:
        if self._message_bytes + self._copy_bytes + self._gaps.size() > self._max_bytes:
            return True
        return self._least_free_pages > 0 and self._free_pages() < self._least_free_pages

    def _free_pages(self) -> int:
        return int(self._connection.execute("PRAGMA freelist_count").fetchone()[0])

    def _copy(self, event: event_pb2.Event, payload: bytes) -> bytes:
        if not self._least_free_pages and self._copy_bytes + len(payload) <= self._max_bytes // _COPIES_SHARE:
            return payload
        bare = event_pb2.Event()
        bare.CopyFrom(event)
        bare.ClearField("evidence")
        return bare.SerializeToString(deterministic=True)

    def _note_heard(self, rows: Sequence[tuple[int, str, str, int]]) -> None:
        """The cloud shows the events of these as open, unless they are closed."""
        begun = {event_id for _, event_id, phase, _ in rows if phase != "closed"}
        self._connection.executemany(_HEARD, [(event_id,) for event_id in begun])
        self._connection.executemany(_ENDS, [(int(Worth.ENDS), event_id) for event_id in begun])
        if any(worth == Worth.GAP for _, _, _, worth in rows):
            self._gaps.heard()

    def _find(self, query: str, *values: str | int) -> _Row | None:
        found = self._connection.execute(query, values).fetchone()
        return None if found is None else _Row(*found)

    def _evict(self, row: _Row) -> None:
        self._connection.execute("DELETE FROM messages WHERE position = ?", (row.position,))
        self._gaps.add(row.boot, row.sequence)
        self._took(1, row.size)
        self.evicted.append((row.boot, row.sequence))

    def _took(self, messages: int, size: int) -> None:
        self._messages -= messages
        self._message_bytes -= size
