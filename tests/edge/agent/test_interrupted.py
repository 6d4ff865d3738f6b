from dataclasses import replace
from pathlib import Path

import pytest
from structlog.typing import FilteringBoundLogger

from linewatch.edge.agent.interrupted import close_interrupted
from linewatch.edge.decide.event import AnomalyEvent, Phase
from linewatch.edge.decide.proto import from_proto
from linewatch.edge.errors import SpoolStorageError
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.simulated import simulated_event
from linewatch.edge.spool.spool import Spool
from linewatch.protos import event_pb2


def open_spool(folder: Path, device: str = "d") -> Spool:
    return Spool(folder / "spool.db", SpoolSettings(), site="s", device=device)


def said(spool: Spool) -> list[AnomalyEvent]:
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
        close_interrupted(spool, log)
        assert len(said(spool)) == 5
    with open_spool(tmp_path, device="renamed") as spool:
        close_interrupted(spool, log)
        assert said(spool) == [replace(simulated_event(4), phase=Phase.CLOSED)]
        close_interrupted(spool, log)
        assert len(said(spool)) == 1


def test_a_spool_that_cannot_be_written_leaves_them_to_the_next_start(
    tmp_path: Path, log: FilteringBoundLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(event: AnomalyEvent) -> None:
        raise SpoolStorageError("disk full")

    with open_spool(tmp_path) as spool:
        spool.record(simulated_event(0))
    with open_spool(tmp_path) as spool:
        monkeypatch.setattr(spool, "record", full)
        close_interrupted(spool, log)
    with open_spool(tmp_path) as spool:
        close_interrupted(spool, log)
        assert said(spool) == [replace(simulated_event(0), phase=Phase.CLOSED)]
