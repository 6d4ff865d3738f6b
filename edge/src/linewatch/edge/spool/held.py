"""How much the spool holds, counted once at its opening; each transaction then keeps the counts itself."""

import sqlite3
from dataclasses import dataclass

_COUNT = """
SELECT (SELECT count(*) FROM messages), (SELECT coalesce(sum(size), 0) FROM messages),
    (SELECT coalesce(sum(length(payload)), 0) FROM open_events), (SELECT count(*) FROM gaps)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """What takes room: messages and their bytes, bytes of copies of open events, ranges of what was given up."""

    messages: int = 0
    message_bytes: int = 0
    copy_bytes: int = 0
    gaps: int = 0


def count_held(connection: sqlite3.Connection) -> Held:
    """Look through the whole database.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    messages, message_bytes, copy_bytes, gaps = connection.execute(_COUNT).fetchone()
    return Held(messages=messages, message_bytes=message_bytes, copy_bytes=copy_bytes, gaps=gaps)
