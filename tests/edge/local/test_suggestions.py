import json
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.typing import FilteringBoundLogger

from edge.local.taught import BASIS, GOOD, SUBJECT, threshold
from linewatch.cloud.events.message import Received, read_message
from linewatch.edge.decide.event import EventIdentity, SuggestionEvent
from linewatch.edge.decide.proto import from_proto
from linewatch.edge.local.device_key import find_key
from linewatch.edge.local.journal import Journal
from linewatch.edge.local.sealed import unseal
from linewatch.edge.local.suggestions import Suggestions
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.spool import Spool
from linewatch.protos import event_pb2
from linewatch.protos.topics import Channel, topic


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path, site="s", device="d")


def open_spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool.db", SpoolSettings(), site="s", device="d")


def spooled(spool: Spool) -> list[SuggestionEvent]:
    found = [from_proto(event_pb2.Event.FromString(message.payload))[0] for message in spool.pending()]
    assert all(isinstance(event, SuggestionEvent) for event in found)
    return [event for event in found if isinstance(event, SuggestionEvent)]


def test_each_change_is_told_once_and_its_end_too(journal: Journal, tmp_path: Path, log: FilteringBoundLogger) -> None:
    journal.write(SUBJECT, GOOD, BASIS, "paint\n on parts")
    journal.write(SUBJECT, threshold(1.2), BASIS)
    with open_spool(tmp_path) as spool:
        for _ in range(2):  # an agent that starts again
            suggestions = Suggestions(journal, spool.record, log)
            assert suggestions.tell(journal.entries())
            assert suggestions.tell(journal.entries())
        assert [event.reason for event in spooled(spool)] == [
            "local change 1, good, from 1 picture: paint  on parts",
            "local change 2, threshold 1 -> 1.2",
        ]
        journal.undo(1, "was a defect")
        assert suggestions.tell(journal.entries())
        *_, last = spooled(spool)
        assert last.reason == "local change 1, taken back: good, from 1 picture: was a defect"
        assert len({event.event_id for event in spooled(spool)}) == 3
        key = find_key(tmp_path)
        assert key is not None
        assert unseal(last.overlay, key.public_hex).undone is not None


def test_the_cloud_takes_them(journal: Journal, tmp_path: Path, log: FilteringBoundLogger) -> None:
    journal.write(SUBJECT, GOOD, BASIS)
    with open_spool(tmp_path) as spool:
        Suggestions(journal, spool.record, log).tell(journal.entries())
        (message,) = spool.pending()
    received = read_message(topic("s", "d", Channel.EVENTS), message.payload, 1 << 20)
    assert isinstance(received, Received)
    assert received.columns["kind"] == "suggestion"


def test_a_spool_that_fails_is_tried_again(journal: Journal, tmp_path: Path, log: FilteringBoundLogger) -> None:
    journal.write(SUBJECT, GOOD, BASIS)
    spool = open_spool(tmp_path)
    record: Callable[[SuggestionEvent], EventIdentity] = spool.record
    spool.close()
    suggestions = Suggestions(journal, lambda event: record(event), log)
    assert not suggestions.tell(journal.entries())
    with open_spool(tmp_path) as again:
        record = again.record
        assert suggestions.tell(journal.entries())
        assert len(spooled(again)) == 1


def test_refused_files_are_not_told_and_a_damaged_memory_tells_again(
    journal: Journal, tmp_path: Path, log: FilteringBoundLogger
) -> None:
    journal.write(SUBJECT, GOOD, BASIS)
    told = journal.folder / "told.json"
    with open_spool(tmp_path) as spool:
        for content in (b"not JSON", json.dumps({"a": 1}).encode()):
            told.write_bytes(content)
            assert Suggestions(journal, spool.record, log).tell(journal.entries())
        (journal.folder / "000001.json").write_bytes(b"{}")
        assert Suggestions(journal, spool.record, log).tell(journal.entries())
        assert [event.event_id for event in spooled(spool)] == [spooled(spool)[0].event_id] * 2
