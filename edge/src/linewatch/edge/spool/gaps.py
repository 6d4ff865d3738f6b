"""What was given up and the cloud does not know of yet, as ranges in the database."""

import sqlite3
from collections.abc import Iterator

from linewatch.edge.spool.gap_event import MAX_RANGES, Gap

ROW_BYTES = 64
"""About what one range costs; it counts against the room of the spool."""

_BELOW = "SELECT first, last FROM gaps WHERE boot = ? AND NOT told AND first < ? ORDER BY first DESC LIMIT 1"
_ABOVE = "SELECT last FROM gaps WHERE boot = ? AND NOT told AND first = ?"
_OVERLAPPING = """
SELECT first, last FROM gaps WHERE boot = ?1 AND NOT told AND last >= ?2
    AND first BETWEEN coalesce((SELECT max(first) FROM gaps WHERE boot = ?1 AND first <= ?2), 0) AND ?3
"""
_UNTOLD = "SELECT boot, first, last FROM gaps WHERE NOT told ORDER BY boot, first LIMIT ?"


class GapTable:
    """Ranges of sequence numbers by boot, which never overlap. Told ones are in the one message that waits."""

    def __init__(self, connection: sqlite3.Connection, rows: int) -> None:
        """Begin with `rows` ranges, told ones among them."""
        self._connection = connection
        self.rows = rows

    def size(self) -> int:
        """Bytes that count against the room of the spool."""
        return ROW_BYTES * self.rows

    def add(self, boot: str, sequence: int) -> None:
        """Note that a message was given up; neighbours become one range."""
        first = last = sequence
        below = self._connection.execute(_BELOW, (boot, sequence)).fetchone()
        if below is not None and below[1] == sequence - 1:
            first = below[0]
            self._delete(boot, first)
        above = self._connection.execute(_ABOVE, (boot, sequence + 1)).fetchone()
        if above is not None:
            last = above[0]
            self._delete(boot, sequence + 1)
        self._insert(boot, first, last)

    def mend(self, boot: str, first: int, last: int) -> None:
        """The cloud has these after all: they had been on their way when they were given up."""
        for start, end in self._connection.execute(_OVERLAPPING, (boot, first, last)).fetchall():
            self._delete(boot, start)
            for low, high in ((start, first - 1), (last + 1, end)):
                if low <= high:
                    self._insert(boot, low, high)

    def to_tell(self) -> list[Gap]:
        """What the next message should name; nothing while one waits."""
        if self._connection.execute("SELECT 1 FROM gaps WHERE told LIMIT 1").fetchone():
            return []
        return list(self._untold())

    def tell(self, gaps: list[Gap]) -> None:
        """A message that names `gaps` waits now."""
        keys = [(gap.boot, gap.first) for gap in gaps]
        self._connection.executemany("UPDATE gaps SET told = 1 WHERE boot = ? AND first = ?", keys)

    def heard(self) -> None:
        """The cloud has the message."""
        self.rows -= self._connection.execute("DELETE FROM gaps WHERE told").rowcount

    def unheard(self) -> None:
        """The message is gone, and nobody heard it."""
        self._connection.execute("UPDATE gaps SET told = 0 WHERE told")

    def _untold(self) -> Iterator[Gap]:
        for boot, first, last in self._connection.execute(_UNTOLD, (MAX_RANGES,)):
            yield Gap(boot=boot, first=first, last=last)

    def _insert(self, boot: str, first: int, last: int) -> None:
        self._connection.execute("INSERT INTO gaps (boot, first, last) VALUES (?, ?, ?)", (boot, first, last))
        self.rows += 1

    def _delete(self, boot: str, first: int) -> None:
        self._connection.execute("DELETE FROM gaps WHERE boot = ? AND first = ?", (boot, first))
        self.rows -= 1
