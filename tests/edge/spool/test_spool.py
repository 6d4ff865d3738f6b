"""The spool keeps what it took, in order, until it is told to forget; and its ledger tells the truth for ever."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from linewatch.edge.decide.event import EventIdentity, Phase
from linewatch.edge.decide.proto import from_proto
from linewatch.edge.errors import (
    ConfigurationError,
    EventTooLarge,
    SpoolBusy,
    SpoolCorrupt,
    SpoolError,
    SpoolStorageError,
)
from linewatch.edge.spool.ledger import chain_over, payload_digest
from linewatch.edge.spool.report import read_report
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.simulated import simulated_event
from linewatch.edge.spool.spool import Spool
from linewatch.protos import event_pb2


def open_spool(path: Path, **settings: int) -> Spool:
    return Spool(path, SpoolSettings(**settings), site="site", device="device")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "spool.db"


@pytest.fixture
def spool(path: Path) -> Iterator[Spool]:
    with open_spool(path) as opened:
        yield opened


def test_record_returns_the_identity_under_which_the_event_waits(spool: Spool) -> None:
    event = simulated_event(7)
    identity = spool.record(event)
    assert identity == EventIdentity(device="device", boot=spool.boot, sequence=1)
    (message,) = spool.pending()
    assert from_proto(event_pb2.Event.FromString(message.payload)) == (event, identity, "site")


def test_reopening_keeps_what_waits_and_starts_a_new_boot(path: Path) -> None:
    with open_spool(path) as first:
        for number in range(3):
            first.record(simulated_event(number))
    with open_spool(path) as second:
        second.record(simulated_event(3))
        waiting = [(message.boot, message.sequence) for message in second.pending()]
    assert waiting == [(first.boot, 1), (first.boot, 2), (first.boot, 3), (second.boot, 1)]


def test_threads_share_commits_and_sequences_have_no_hole(spool: Spool) -> None:
    with ThreadPoolExecutor(8) as pool:
        identities = list(pool.map(lambda number: spool.record(simulated_event(number)), range(200)))
    assert sorted(identity.sequence for identity in identities) == list(range(1, 201))
    assert spool.stats().transactions < 200


def test_forgotten_messages_leave_and_the_ledger_stays(spool: Spool, path: Path) -> None:
    payloads = []
    for number in range(6):
        spool.record(simulated_event(number))
    payloads = [message.payload for message in spool.pending()]
    assert spool.forget(spool.boot, [(1, 2), (5, 2**64 - 1)]) == 4
    assert [message.sequence for message in spool.pending()] == [3, 4]
    (ledger,) = read_report(path).ledgers
    assert ledger.last_sequence == 6
    assert ledger.chain == chain_over(payload_digest(payload) for payload in payloads)
    assert spool.stats().acknowledged == 4
    assert spool.stats().waiting_bytes == sum(len(payload) for payload in payloads[2:4])


def test_forgetting_another_boot_or_a_backward_range_does_nothing(spool: Spool) -> None:
    spool.record(simulated_event(0))
    assert spool.forget("0" * 32, [(1, 9)]) == 0
    assert spool.forget(spool.boot, [(9, 1)]) == 0
    assert len(spool.pending()) == 1


def test_what_is_too_old_goes_by_itself_and_is_told_of(path: Path) -> None:
    with Spool(path, SpoolSettings(max_age_seconds=0.3), site="site", device="device") as spool:
        for number in range(3):
            spool.record(simulated_event(number))
        deadline = time.monotonic() + 20
        while spool.stats().evicted < 3 and time.monotonic() < deadline:
            time.sleep(0.02)
        (told,) = (event_pb2.Event.FromString(message.payload) for message in spool.pending())
        assert [(part.boot, part.ranges[0].first, part.ranges[0].last) for part in told.missing] == [(spool.boot, 1, 3)]
        assert (spool.stats().waiting_messages, spool.stats().evicted) == (1, 3)
        assert spool.forget(spool.boot, [(told.identity.sequence, told.identity.sequence)]) == 1
    assert read_report(path).gaps == ()


def test_followers_get_each_event_once_it_is_kept_and_cannot_do_harm(spool: Spool) -> None:
    heard: list[bytes] = []

    def broken(_: bytes) -> None:
        raise RuntimeError("follower")

    spool.follow(broken)
    spool.follow(heard.append)
    for number in range(3):
        spool.record(simulated_event(number))
    spool.record(simulated_event(3))
    assert heard[:3] == [message.payload for message in spool.pending(limit=3)]


def test_pending_pages_through_in_order(spool: Spool) -> None:
    for number in range(10):
        spool.submit(simulated_event(number))
    spool.record(simulated_event(10))
    first = spool.pending(limit=4)
    rest = spool.pending(after=first[-1].position, limit=100)
    assert [message.sequence for message in first + rest] == list(range(1, 12))


def test_the_listener_hears_of_every_commit_that_adds(spool: Spool) -> None:
    heard = threading.Event()
    spool.listen(heard.set)
    spool.record(simulated_event(0))
    assert heard.wait(5)


def test_a_broken_listener_does_not_stop_the_spool(spool: Spool) -> None:
    def broken() -> None:
        raise RuntimeError("listener")

    spool.listen(broken)
    assert [spool.record(simulated_event(number)).sequence for number in range(2)] == [1, 2]


def test_a_cancelled_request_is_not_kept_and_harms_nobody(spool: Spool) -> None:
    futures = [spool.submit(simulated_event(number)) for number in range(50)]
    cancelled = {index for index, future in enumerate(futures) if future.cancel()}
    kept = [future.result() for index, future in enumerate(futures) if index not in cancelled]
    assert spool.record(simulated_event(50)).sequence == len(kept) + 1


def test_an_event_the_wire_cannot_carry_fails_alone(spool: Spool) -> None:
    bad = replace(simulated_event(0), first_frame=-1)
    with pytest.raises(ValueError, match="range"):
        spool.record(bad)
    assert spool.record(simulated_event(1)).sequence == 1


def test_an_event_larger_than_the_spool_is_refused(path: Path) -> None:
    with open_spool(path, max_bytes=65536) as spool:
        with pytest.raises(EventTooLarge, match="max_bytes"):
            spool.record(simulated_event(0, evidence_bytes=70_000))
        assert spool.record(simulated_event(0)).sequence == 1


def test_a_second_agent_is_kept_out(spool: Spool, path: Path) -> None:
    with pytest.raises(SpoolBusy, match="used by process"):
        open_spool(path)


@pytest.mark.parametrize("content", [b"this is no database at all, not even a little" * 100])
def test_a_file_that_is_no_database_is_refused_with_advice(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(SpoolCorrupt, match="move it away"):
        open_spool(path)
    assert path.read_bytes() == content


def test_a_damaged_file_is_refused_with_advice(path: Path) -> None:
    with open_spool(path) as spool:
        for number in range(40):
            spool.record(simulated_event(number, evidence_bytes=3000))
    data = bytearray(path.read_bytes())
    data[4096 : len(data) // 2] = b"\xa5" * (len(data) // 2 - 4096)
    path.write_bytes(data)
    with pytest.raises(SpoolCorrupt, match="start again"):
        open_spool(path)


def test_another_programs_database_is_refused(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (x)")
    with pytest.raises(SpoolCorrupt, match="another program"):
        open_spool(path)


def test_a_database_without_one_of_its_tables_is_refused_and_let_go_of(path: Path) -> None:
    open_spool(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE clock")
    with pytest.raises(SpoolError, match="no such table") as raised:  # keeps all that the opening had made
        open_spool(path)
    held = [one.readlink() for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]
    assert not [one for one in held if one.name.startswith(path.name)], raised.value


def test_a_newer_schema_is_refused(path: Path) -> None:
    open_spool(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(SpoolError, match="schema 99"):
        open_spool(path)


def test_events_that_an_earlier_boot_left_open_are_interrupted_as_last_reported(path: Path) -> None:
    opened, updated, closed = (simulated_event(number) for number in range(3))
    others = [simulated_event(3), simulated_event(6), simulated_event(7)]
    with open_spool(path) as spool:
        for event in (opened, others[0], updated, *others[1:]):
            spool.record(event)
        spool.forget(spool.boot, [(1, 100)])
        assert spool.interrupted() == []
    with open_spool(path) as spool:
        assert spool.interrupted() == [updated, others[0], others[2]]
        spool.record(closed)
        spool.record(simulated_event(9))
        assert spool.interrupted() == [others[0], others[2]]


def test_a_message_that_is_abandoned_is_told_as_a_gap(path: Path) -> None:
    with open_spool(path) as spool:
        for number in range(3):
            spool.record(simulated_event(number))
        second = spool.pending()[1]
        spool.abandon(second)
        spool.abandon(second)
        assert [message.sequence for message in spool.pending()] == [1, 3, 4]
        (gap,) = read_report(path).gaps
        assert (gap.boot, gap.first, gap.last, gap.told) == (spool.boot, 2, 2, True)


def test_a_database_held_by_another_is_said_and_recovers(path: Path) -> None:
    settings = SpoolSettings(busy_timeout_seconds=0.05)
    with Spool(path, settings, site="site", device="device") as spool:
        with closing(sqlite3.connect(path, isolation_level=None)) as backup:
            backup.execute("BEGIN IMMEDIATE")
            with pytest.raises(SpoolBusy, match="another process"):
                spool.record(simulated_event(0))
        assert spool.record(simulated_event(0)).sequence == 1


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SpoolStorageError, match="writable"):
        open_spool(tmp_path / "file" / "spool.db")


def test_names_that_no_topic_can_hold_are_refused(path: Path) -> None:
    with pytest.raises(ConfigurationError, match="site"):
        Spool(path, SpoolSettings(), site="a/b", device="device")


def test_a_closed_spool_refuses(path: Path) -> None:
    spool = open_spool(path)
    spool.close()
    spool.close()
    with pytest.raises(SpoolError, match="closed"):
        spool.record(simulated_event(0))


def test_reading_a_spool_that_is_not_there_is_said(path: Path) -> None:
    with pytest.raises(SpoolStorageError, match="no spool"):
        read_report(path)


def test_simulated_events_come_in_threes_and_repeat() -> None:
    events = [simulated_event(number) for number in range(3)]
    assert [event.phase for event in events] == [Phase.OPENED, Phase.UPDATED, Phase.CLOSED]
    assert len({event.event_id for event in events}) == 1
    assert events == [simulated_event(number) for number in range(3)]


def test_no_position_is_given_out_twice(path: Path) -> None:
    """A reader's cursor would pass over a message that stands where a forgotten one stood."""
    positions: list[int] = []
    for _ in range(2):  # the second time after a restart, with an empty spool
        with open_spool(path) as spool:
            for number in range(3):
                identity = spool.record(simulated_event(number))
                (waiting,) = spool.pending(after=max(positions, default=0))
                positions.append(waiting.position)
                spool.forget(identity.boot, [(identity.sequence, identity.sequence)])
    assert positions == sorted(set(positions))
