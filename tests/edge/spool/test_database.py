"""A spool that an older agent wrote is brought up to date without losing or changing a message."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from linewatch.edge.decide.event import EventIdentity, HealthEvent, Phase
from linewatch.edge.decide.proto import to_proto
from linewatch.edge.spool.gap_event import Gap
from linewatch.edge.spool.report import read_report
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.simulated import simulated_event
from linewatch.edge.spool.spool import Spool
from linewatch.edge.spool.worth import Worth
from linewatch.protos import event_pb2

BOOT = "ab" * 16

FIRST = """
PRAGMA application_id = 1280791376;
CREATE TABLE ledger (
    boot TEXT PRIMARY KEY, device TEXT NOT NULL, last_sequence INTEGER NOT NULL, chain BLOB NOT NULL
);
CREATE TABLE messages (
    position INTEGER PRIMARY KEY AUTOINCREMENT, boot TEXT NOT NULL, sequence INTEGER NOT NULL, phase TEXT NOT NULL,
    size INTEGER NOT NULL, payload BLOB NOT NULL, UNIQUE (boot, sequence)
);
CREATE INDEX messages_updated ON messages (position) WHERE phase = 'updated';
CREATE TABLE gaps (boot TEXT NOT NULL, sequence INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (boot, sequence));
PRAGMA user_version = 1;
"""
SECOND = """
CREATE TABLE open_events (event_id TEXT PRIMARY KEY, boot TEXT NOT NULL, payload BLOB NOT NULL);
PRAGMA user_version = 2;
"""


def payload(sequence: int) -> bytes:
    identity = EventIdentity(device="device", boot=BOOT, sequence=sequence)
    if sequence == 4:
        event = HealthEvent(camera="c", event_id="h" * 32, phase=Phase.OPENED, time_unix_ns=1, reason="unplugged")
        return to_proto(event, identity, "site").SerializeToString()
    return to_proto(simulated_event(sequence - 1), identity, "site").SerializeToString()


def phase(sequence: int) -> str:
    return {1: "opened", 2: "updated", 3: "closed"}.get(sequence, "opened")


def fill(connection: sqlite3.Connection, sequences: tuple[int, ...], gone: tuple[int, ...]) -> None:
    connection.execute("INSERT INTO ledger VALUES (?, 'device', 9, ?)", (BOOT, bytes(32)))
    for sequence in sequences:
        row = (BOOT, sequence, phase(sequence), len(payload(sequence)), payload(sequence))
        connection.execute("INSERT INTO messages (boot, sequence, phase, size, payload) VALUES (?, ?, ?, ?, ?)", row)
    connection.executemany("INSERT INTO gaps VALUES (?, ?, ?)", [(BOOT, sequence, bytes(32)) for sequence in gone])


@pytest.fixture
def old(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "spool.db", isolation_level=None)) as connection:
        connection.executescript(FIRST)
        yield connection


def open_spool(path: Path) -> Spool:
    return Spool(path / "spool.db", SpoolSettings(), site="site", device="device")


def test_the_first_schema(tmp_path: Path, old: sqlite3.Connection) -> None:
    fill(old, (1, 2, 3), ())
    old.close()
    with open_spool(tmp_path) as spool:
        assert [message.payload for message in spool.pending()] == [payload(1), payload(2), payload(3)]
        assert spool.interrupted() == []
        spool.record(simulated_event(3))
    with open_spool(tmp_path) as spool:
        assert spool.interrupted() == [simulated_event(3)]


def test_the_second_schema(tmp_path: Path, old: sqlite3.Connection) -> None:
    old.executescript(SECOND)
    fill(old, (1, 2, 3, 4), (5, 6, 7, 9))
    old.execute("UPDATE messages SET payload = x'ff00' WHERE sequence = 2")
    gone = simulated_event(9)
    copy = to_proto(gone, EventIdentity(device="device", boot=BOOT, sequence=8), "site").SerializeToString()
    old.execute("INSERT INTO open_events VALUES (?, ?, ?)", (gone.event_id, BOOT, copy))
    old.execute("INSERT INTO open_events VALUES (?, ?, ?)", ("h" * 32, BOOT, payload(4)))
    old.close()

    open_spool(tmp_path).close()
    assert read_report(tmp_path / "spool.db").gaps == (Gap(boot=BOOT, first=5, last=7), Gap(boot=BOOT, first=9, last=9))
    with closing(sqlite3.connect(tmp_path / "spool.db")) as connection:
        worths = connection.execute("SELECT sequence, worth FROM messages ORDER BY sequence").fetchall()
        heard = dict(connection.execute("SELECT event_id, heard FROM open_events").fetchall())
    assert worths == [(1, Worth.MEDIUM), (2, Worth.UPDATED), (3, Worth.MEDIUM), (4, Worth.DEVICE)]
    assert heard == {gone.event_id: 1, "h" * 32: 0}

    with open_spool(tmp_path) as spool:
        assert [event.event_id for event in spool.interrupted()] == [gone.event_id, "h" * 32]
        assert [message.payload for message in spool.pending(limit=1)] == [payload(1)]
        spool.record(simulated_event(10))
        told = event_pb2.Event.FromString(spool.pending()[-1].payload)
        assert [(part.first, part.last) for part in told.missing[0].ranges] == [(5, 7), (9, 9)]
        assert all(gap.told for gap in read_report(tmp_path / "spool.db").gaps)
