"""The SQLite file of the spool: its schema, how it is opened, and what its errors mean to an operator."""

import sqlite3
from pathlib import Path

from linewatch.edge.errors import SpoolBusy, SpoolCorrupt, SpoolError, SpoolStorageError
from linewatch.edge.spool.worth import read_worth

SCHEMA_VERSION = 3
_APPLICATION_ID = 0x4C575350  # "LWSP"
_LEDGERS = 10_000

# AUTOINCREMENT: without it SQLite gives the positions of deleted messages out again, behind the publisher's cursor.
_SCHEMA = """
CREATE TABLE ledger (
    boot TEXT PRIMARY KEY, device TEXT NOT NULL, last_sequence INTEGER NOT NULL, chain BLOB NOT NULL
);
CREATE TABLE messages (
    position INTEGER PRIMARY KEY AUTOINCREMENT, boot TEXT NOT NULL, sequence INTEGER NOT NULL, phase TEXT NOT NULL,
    size INTEGER NOT NULL, payload BLOB NOT NULL, event_id TEXT NOT NULL DEFAULT '', worth INTEGER NOT NULL DEFAULT 0,
    recorded_s REAL NOT NULL DEFAULT 0, UNIQUE (boot, sequence)
);
CREATE TABLE open_events (
    event_id TEXT PRIMARY KEY, boot TEXT NOT NULL, payload BLOB NOT NULL, heard INTEGER NOT NULL DEFAULT 0
);
"""

_SINCE_3 = """
CREATE INDEX messages_worth ON messages (worth);
CREATE INDEX messages_event ON messages (event_id);
CREATE TABLE gaps (
    boot TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, told INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (boot, first)
) WITHOUT ROWID;
CREATE INDEX gaps_told ON gaps (told) WHERE told;
CREATE TABLE clock (at_s REAL NOT NULL, wall_s REAL NOT NULL);
INSERT INTO clock VALUES (0, 0);
"""

_FROM_2 = """
ALTER TABLE messages ADD COLUMN event_id TEXT NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN worth INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN recorded_s REAL NOT NULL DEFAULT 0;
UPDATE messages SET event_id = event_of(payload), worth = worth_of(payload);
ALTER TABLE open_events ADD COLUMN heard INTEGER NOT NULL DEFAULT 0;
UPDATE open_events SET heard = 1 WHERE event_id NOT IN (SELECT event_id FROM messages);
DROP INDEX messages_updated;
ALTER TABLE gaps RENAME TO lone_gaps;
"""
_RUNS_OF_GAPS = """
INSERT INTO gaps (boot, first, last) SELECT boot, min(sequence), max(sequence) FROM (
    SELECT boot, sequence, sequence - row_number() OVER (PARTITION BY boot ORDER BY sequence) AS run FROM lone_gaps
) GROUP BY boot, run;
DROP TABLE lone_gaps;
"""

_UPGRADES = {
    1: "CREATE TABLE open_events (event_id TEXT PRIMARY KEY, boot TEXT NOT NULL, payload BLOB NOT NULL);",
    2: _FROM_2 + _SINCE_3 + _RUNS_OF_GAPS,
}
"""What makes a database of the version the next one's."""

_FORGET_OLD_LEDGERS = """
DELETE FROM ledger WHERE rowid <= (SELECT max(rowid) FROM ledger) - ?
    AND boot NOT IN (SELECT boot FROM messages UNION SELECT boot FROM gaps)
"""

_ADVICE: dict[int, tuple[type[SpoolError], str]] = {
    sqlite3.SQLITE_FULL: (SpoolStorageError, "the disk is full; make room, the agent goes on by itself"),
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


def explain(error: sqlite3.Error | OSError, path: Path) -> SpoolError:
    """The error of our tree for SQLite's or the system's, with what to do about it."""
    if isinstance(error, OSError):
        return SpoolStorageError(f"spool {path}: {error.strerror}: check the folder and its disk")
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
    # The log takes little of a small disk; what it takes it keeps, to write there when the disk is full.
    connection.execute("PRAGMA wal_autocheckpoint = 256")
    connection.execute("PRAGMA journal_size_limit = 1048576")
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
    connection.execute(_FORGET_OLD_LEDGERS, (_LEDGERS,))


def _upgrade(connection: sqlite3.Connection, version: int) -> None:
    """Bring an older database up to date, one version after the other."""
    connection.create_function("event_of", 1, lambda payload: read_worth(payload)[0], deterministic=True)
    connection.create_function("worth_of", 1, lambda payload: int(read_worth(payload)[1]), deterministic=True)
    for known in range(version, SCHEMA_VERSION):
        connection.executescript(f"BEGIN IMMEDIATE; {_UPGRADES[known]} PRAGMA user_version = {known + 1}; COMMIT;")


def _create(connection: sqlite3.Connection) -> None:
    pragmas = f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION};"
    connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} {_SINCE_3} {pragmas} COMMIT;")
