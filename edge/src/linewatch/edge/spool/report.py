"""Reads a spool from outside, agent running or not: for comparisons and for a person who wonders."""

import sqlite3
from contextlib import closing
from pathlib import Path

from linewatch.edge.errors import SpoolStorageError
from linewatch.edge.spool.database import explain, open_reader
from linewatch.edge.spool.gap_event import Gap
from linewatch.edge.spool.ledger import Ledger
from linewatch.edge.spool.message import SpoolReport


def read_report(path: Path) -> SpoolReport:
    """Ledgers, gaps and what waits, all of one moment.

    Raises:
        SpoolError: there is no spool at `path`, or it cannot be read.
    """
    if not path.is_file():
        raise SpoolStorageError(f"there is no spool at {path}")
    try:
        with closing(open_reader(path)) as connection:
            connection.execute("BEGIN")
            return _read(connection)
    except sqlite3.Error as error:
        raise explain(error, path) from error


def count_waiting(path: Path) -> int:
    """Messages that wait for the cloud.

    Raises:
        SpoolError: there is no spool at `path`, or it cannot be read.
    """
    if not path.is_file():
        raise SpoolStorageError(f"there is no spool at {path}")
    try:
        with closing(open_reader(path)) as connection:
            return int(connection.execute("SELECT count(*) FROM messages").fetchone()[0])
    except sqlite3.Error as error:
        raise explain(error, path) from error


def _read(connection: sqlite3.Connection) -> SpoolReport:
    ledgers = connection.execute("SELECT device, boot, last_sequence, chain FROM ledger ORDER BY rowid")
    gaps = connection.execute("SELECT boot, first, last, told FROM gaps ORDER BY boot, first")
    waiting = connection.execute("SELECT boot, sequence FROM messages ORDER BY position")
    return SpoolReport(
        ledgers=tuple(Ledger(device=row[0], boot=row[1], last_sequence=row[2], chain=row[3]) for row in ledgers),
        gaps=tuple(Gap(boot=row[0], first=row[1], last=row[2], told=bool(row[3])) for row in gaps),
        waiting=tuple((row[0], row[1]) for row in waiting),
    )
