import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.typing import FilteringBoundLogger

from linewatch.edge.agent.interrupted import Interrupted
from linewatch.edge.decide.event import Event, Phase
from linewatch.edge.decide.proto import from_proto
from linewatch.edge.errors import SpoolStorageError
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.simulated import simulated_event
from linewatch.edge.spool.spool import Spool
from linewatch.protos import event_pb2


def open_spool(folder: Path, device: str = "d") -> Spool:
    return Spool(folder / "spool.db", SpoolSettings(), site="s", device=device)


def said(spool: Spool) -> list[Event]:
    """What this boot has spooled."""
    return [
        from_proto(event_pb2.Event.FromString(message.payload))[0]
        for message in spool.pending(limit=100)
        if message.boot == spool.boot
    ]


def test_events_that_were_open_are_closed_once_with_what_was_last_reported(
    tmp_path: Path, log: FilteringBoundLogger
) -> None:
    with open_spool(tmp_path) as spool:
        for number in (0, 1, 2, 3, 4):
            spool.record(simulated_event(number))
        Interrupted(spool, log).close()
        assert len(said(spool)) == 5
    with open_spool(tmp_path, device="renamed") as spool:
        Interrupted(spool, log).close()
        assert said(spool) == [replace(simulated_event(4), phase=Phase.CLOSED)]
        Interrupted(spool, log).close()
        assert len(said(spool)) == 1


def test_a_spool_that_cannot_be_written_is_tried_again(
    tmp_path: Path, log: FilteringBoundLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(event: Event) -> None:
        raise SpoolStorageError("disk full")

    with open_spool(tmp_path) as spool:
        spool.record(simulated_event(0))
        spool.record(simulated_event(3))
    with open_spool(tmp_path) as spool:
        interrupted = Interrupted(spool, log)
        with monkeypatch.context() as patch:
            patch.setattr(spool, "record", full)
            interrupted.close()
            assert said(spool) == []
        interrupted.close()
        interrupted.close()
        assert said(spool) == [replace(simulated_event(number), phase=Phase.CLOSED) for number in (0, 3)]


def test_an_event_that_does_not_fit_any_more_is_closed_without_its_evidence(
    tmp_path: Path, log: FilteringBoundLogger
) -> None:
    large = simulated_event(0, evidence_bytes=70_000)
    with open_spool(tmp_path) as spool:
        spool.record(large)
        spool.record(simulated_event(3))
        spool.forget(spool.boot, [(1, 2)])
    with Spool(tmp_path / "spool.db", SpoolSettings(max_bytes=64 * 1024), site="s", device="d") as spool:
        Interrupted(spool, log).close()
        bare = replace(large, phase=Phase.CLOSED, evidence=None)
        assert said(spool) == [bare, replace(simulated_event(3), phase=Phase.CLOSED)]


def test_one_that_the_disk_has_spoilt_does_not_keep_the_others_open(tmp_path: Path, log: FilteringBoundLogger) -> None:
    with open_spool(tmp_path) as spool:
        spool.record(simulated_event(0))
        spool.record(simulated_event(3))
    with closing(sqlite3.connect(tmp_path / "spool.db")) as connection:
        connection.execute("UPDATE open_events SET payload = CAST(x'ff' || substr(payload, 2) AS BLOB) WHERE rowid = 1")
        connection.commit()
    with open_spool(tmp_path) as spool:
        Interrupted(spool, log).close()
        assert said(spool) == [replace(simulated_event(3), phase=Phase.CLOSED)]
