"""The SQLite file of the spool: its schema, how it is opened, and what its errors mean to an operator."""

import sqlite3
from pathlib import Path

from linewatch.edge.errors import SpoolBusy, SpoolCorrupt, SpoolError, SpoolStorageError

SCHEMA_VERSION = 2
_APPLICATION_ID = 0x4C575350  # "LWSP"

# AUTOINCREMENT: without it SQLite gives the positions of deleted messages out again, behind the publisher's cursor.
_SCHEMA = """
CREATE TABLE ledger (
    boot TEXT PRIMARY KEY, device TEXT NOT NULL, last_sequence INTEGER NOT NULL, chain BLOB NOT NULL
);
CREATE TABLE messages (
    position INTEGER PRIMARY KEY AUTOINCREMENT, boot TEXT NOT NULL, sequence INTEGER NOT NULL, phase TEXT NOT NULL,
    size INTEGER NOT NULL, payload BLOB NOT NULL, UNIQUE (boot, sequence)
);
CREATE INDEX messages_updated ON messages (position) WHERE phase = 'updated';
CREATE TABLE gaps (boot TEXT NOT NULL, sequence INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (boot, sequence));
"""
_OPEN_EVENTS = "CREATE TABLE open_events (event_id TEXT PRIMARY KEY, boot TEXT NOT NULL, payload BLOB NOT NULL);"

_UPGRADES = {1: _OPEN_EVENTS}
"""What makes a database of the version the next one's."""

_ADVICE: dict[int, tuple[type[SpoolError], str]] = {
    sqlite3.SQLITE_FULL: (SpoolStorageError, "the disk is full; free space, the agent goes on by itself"),
    sqlite3.SQLITE_BUSY: (SpoolBusy, "another process holds the database; end it (a backup?)"),
    sqlite3.SQLITE_LOCKED: (SpoolBusy, "another process holds the database; end it (a backup?)"),
    sqlite3.SQLITE_CORRUPT: (
        SpoolCorrupt,
        "the file is damaged; keep it for recovery under another name and start again",
    ),
    sqlite3.SQLITE_NOTADB: (SpoolCorrupt, "the file is not a database; move it away and start again"),
    sqlite3.SQLITE_READONLY: (
        SpoolStorageError,
        "the file or its folder is read-only; give the agent the right to write",
    ),
    sqlite3.SQLITE_CANTOPEN: (SpoolStorageError, "the file cannot be opened; check the folder and its rights"),
    sqlite3.SQLITE_IOERR: (SpoolStorageError, "reading or writing failed; check the disk"),
}


def explain(error: sqlite3.Error, path: Path) -> SpoolError:
    """The error of our tree for SQLite's, with what to do about it."""
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    kind, advice = _ADVICE.get(primary, (SpoolError, "this is a fault of the agent; please report it"))
    return kind(f"spool {path}: {error}: {advice}")


def open_database(path: Path, busy_timeout_seconds: float) -> sqlite3.Connection:
    """Open, check and if need be create the database; every commit on it survives a power cut.

    Raises:
        SpoolError: it cannot be used; see the tree.
    """
    try:
        connection = sqlite3.connect(path, timeout=busy_timeout_seconds, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise explain(error, path) from error
    try:
        _prepare(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise explain(error, path) from error
    except SpoolError:
        connection.close()
        raise
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """Open a database that exists for reading alone.

    Raises:
        SpoolError: it cannot be read.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA query_only = ON")
    except sqlite3.Error as error:
        raise explain(error, path) from error
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA journal_size_limit = 16777216")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    if version == 0 and owner == 0 and not connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
        _create(connection)
        return
    if owner != _APPLICATION_ID:
        raise SpoolCorrupt(f"spool {path}: this is the database of another program; move it away and start again")
    if version not in {*_UPGRADES, SCHEMA_VERSION}:
        raise SpoolError(
            f"spool {path}: written by schema {version}, this agent knows {SCHEMA_VERSION}; install the matching agent"
        )
    fault = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if fault != "ok":
        raise SpoolCorrupt(f"spool {path}: {fault}: keep the file for recovery under another name and start again")
    _upgrade(connection, version)


def _upgrade(connection: sqlite3.Connection, version: int) -> None:
    """Bring an older database up to date, one version after the other."""
    for known in range(version, SCHEMA_VERSION):
        connection.executescript(f"BEGIN IMMEDIATE; {_UPGRADES[known]} PRAGMA user_version = {known + 1}; COMMIT;")


def _create(connection: sqlite3.Connection) -> None:
    pragmas = f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION};"
    connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} {_OPEN_EVENTS} {pragmas} COMMIT;")
