"""A full disk stops no recording: what is worth least gives way, inside the bytes that the spool has already."""

import errno
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from linewatch.edge.decide.event import AnomalyEvent, Phase, Severity
from linewatch.edge.errors import EventTooLarge, SpoolBusy, SpoolStorageError
from linewatch.edge.spool import room
from linewatch.edge.spool.report import read_report
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.simulated import simulated_event
from linewatch.edge.spool.spool import Spool
from linewatch.protos import event_pb2

PLENTY = 1 << 40


class Disk:
    """Says how much room there is."""

    def __init__(self) -> None:
        self.free = PLENTY
        self.fault: OSError | None = None

    def ask(self, _: Path) -> int:
        if self.fault is not None:
            raise self.fault
        return self.free


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    made = Disk()
    monkeypatch.setattr(room, "free_on_disk", made.ask)
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool.db"


@pytest.fixture
def spool(path: Path, disk: Disk) -> Iterator[Spool]:
    with Spool(path, SpoolSettings(busy_timeout_seconds=0.2), site="site", device="device") as opened:
        yield opened


def event(number: int, severity: Severity, size: int = 8000) -> AnomalyEvent:
    made = simulated_event(3 * number, evidence_bytes=size)
    return replace(made, phase=Phase.CLOSED, severity=severity)


def taken(path: Path) -> int:
    return sum(part.stat().st_size for part in path.parent.iterdir())


def severities(spool: Spool) -> list[int]:
    waiting = (event_pb2.Event.FromString(message.payload) for message in spool.pending(limit=10_000))
    return [one.severity for one in waiting if one.kind == event_pb2.EVENT_KIND_ANOMALY]


def test_on_a_full_disk_the_least_worth_gives_way_and_no_byte_more_is_taken(
    spool: Spool, path: Path, disk: Disk
) -> None:
    for number in range(50):
        spool.record(event(number, Severity.HIGH))
    assert spool.stats().trouble == ""
    disk.free = 0
    before = taken(path)
    for number in range(50, 450):
        spool.record(event(number, Severity.LOW))
    stats = spool.stats()
    assert stats.trouble.startswith("the disk is full")
    assert taken(path) == before
    assert severities(spool).count(event_pb2.EVENT_SEVERITY_HIGH) == 50
    gone = sum(gap.last - gap.first + 1 for gap in read_report(path).gaps)
    assert gone == stats.evicted > 300
    told = stats.recorded - 450
    assert stats.waiting_messages == 450 + told - gone


def test_the_spool_grows_again_once_there_is_room(spool: Spool, disk: Disk) -> None:
    disk.free = 0
    for number in range(200):
        spool.record(event(number, Severity.LOW))
    evicted = spool.stats().evicted
    assert evicted > 0
    disk.free = PLENTY
    limit = time.monotonic() + 20
    while spool.stats().trouble and time.monotonic() < limit:  # by itself, though nothing comes
        time.sleep(0.05)
    assert spool.stats().trouble == ""
    for number in range(200, 400):
        spool.record(event(number, Severity.LOW))
    assert (spool.stats().evicted, spool.stats().trouble) == (evicted, "")


def test_an_event_beyond_the_reserve_is_too_large_while_the_disk_is_full(spool: Spool, disk: Disk) -> None:
    disk.free = 0
    with pytest.raises(EventTooLarge, match="disk is full"):
        spool.record(event(0, Severity.HIGH, 2_000_000))
    assert spool.record(event(1, Severity.HIGH)).sequence == 1
    disk.free = PLENTY
    assert spool.record(event(2, Severity.HIGH, 2_000_000)).sequence == 2


def test_many_at_once_on_a_full_disk_are_each_kept_or_told(spool: Spool, path: Path, disk: Disk) -> None:
    disk.free = 0
    for future in [spool.submit(event(number, Severity.LOW, 30_000)) for number in range(256)]:
        future.result(60)
    gaps = read_report(path).gaps
    assert spool.stats().waiting_messages + sum(gap.last - gap.first + 1 for gap in gaps) == spool.stats().recorded


def test_what_was_given_up_before_it_came_is_a_gap(spool: Spool, path: Path) -> None:
    spool.record(event(0, Severity.LOW))
    spool.pass_over(5)
    assert spool.record(event(1, Severity.LOW)).sequence == 8
    (gap,) = read_report(path).gaps
    assert (gap.first, gap.last, gap.told) == (2, 6, True)
    assert [message.sequence for message in spool.pending()] == [1, 7, 8]


def test_the_log_takes_little(spool: Spool, path: Path) -> None:
    for number in range(600):
        spool.record(event(number, Severity.LOW, 5000))
    assert path.with_name("spool.db-wal").stat().st_size < 2_000_000


_ON_A_SMALL_DISK = """
import errno, json, os, subprocess, sys
from dataclasses import replace
from pathlib import Path
from linewatch.edge.decide.event import Phase, Severity
from linewatch.edge.spool.report import read_report
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.simulated import simulated_event
from linewatch.edge.spool.spool import Spool

state = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", state], check=True)

def fill():
    with open(state / "filler", "ab", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC

def record(spool, first, last):
    for number in range(first, last):
        made = simulated_event(3 * number, evidence_bytes=6000)
        spool.record(replace(made, phase=Phase.CLOSED, severity=Severity.LOW))

with Spool(state / "spool.db", SpoolSettings(), site="s", device="d") as spool:
    record(spool, 0, 100)
    fill()
    record(spool, 100, 700)
    full = spool.stats()
    gone = sum(gap.last - gap.first + 1 for gap in read_report(state / "spool.db").gaps)
    (state / "filler").unlink()
    record(spool, 700, 720)
    print(json.dumps({"trouble": full.trouble, "evicted": full.evicted, "gone": gone,
        "recorded": full.recorded, "waiting": full.waiting_messages, "after": spool.stats().trouble}))
"""


def test_a_real_disk_that_another_program_filled(tmp_path: Path) -> None:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("needs root and unshare, to mount a small disk")
    script = tmp_path / "script.py"
    script.write_text(_ON_A_SMALL_DISK)
    state = tmp_path / "state"
    state.mkdir()
    command = ["unshare", "--mount", "--propagation", "private", sys.executable, str(script), str(state)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["trouble"].startswith("the disk is full")
    assert said["gone"] == said["evicted"] > 400
    assert said["waiting"] == said["recorded"] - said["gone"] > 50
    assert said["after"] == ""


def test_a_disk_that_cannot_be_asked_is_told_and_the_spool_goes_on(spool: Spool, disk: Disk) -> None:
    spool.record(event(1, Severity.HIGH))
    disk.fault = OSError(errno.ESTALE, os.strerror(errno.ESTALE))
    with pytest.raises(SpoolStorageError, match=r"Stale file handle: check the folder"):
        spool.record(event(2, Severity.HIGH, size=2_000_000))
    disk.fault = None
    spool.record(event(3, Severity.HIGH, size=2_000_000))
    assert not spool.stats().failing


def test_a_spool_whose_disk_cannot_be_asked_does_not_open(path: Path, disk: Disk) -> None:
    disk.fault = OSError(errno.EACCES, os.strerror(errno.EACCES))
    with pytest.raises(SpoolStorageError, match="Permission denied"):
        Spool(path, SpoolSettings(), site="site", device="device")


def test_a_database_that_another_process_holds_is_not_a_full_disk(spool: Spool, path: Path, disk: Disk) -> None:
    spool.record(event(1, Severity.LOW))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SpoolBusy):
            spool.record(event(2, Severity.HIGH, size=2_000_000))
        assert not spool.stats().disk_full
        other.execute("ROLLBACK")
    spool.record(event(3, Severity.HIGH, size=2_000_000))
    assert spool.stats().evicted == 0


def test_filler_that_a_power_cut_left_is_room_again(path: Path, disk: Disk) -> None:
    with Spool(path, SpoolSettings(), site="site", device="device") as spool:
        spool.record(event(1, Severity.HIGH))
    with closing(sqlite3.connect(path)) as left:
        left.execute("CREATE TABLE IF NOT EXISTS spare (filler BLOB)")
        left.execute("INSERT INTO spare VALUES (zeroblob(2000000))")
        left.commit()
    disk.free = 0
    with Spool(path, SpoolSettings(), site="site", device="device") as spool:
        spool.record(event(2, Severity.HIGH))
        assert (spool.stats().evicted, len(severities(spool))) == (0, 2)
