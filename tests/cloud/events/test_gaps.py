"""A gap that was told is told from one that was not, number by number."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.cloud.events.gaps import Hole, Told, find_gaps
from linewatch.cloud.events.identity import SequenceRange, to_ranges
from linewatch.cloud.events.message import Received, Rejected, read_message
from linewatch.cloud.events.settings import StoreSettings
from linewatch.cloud.events.store import EventStore
from linewatch.protos import event_pb2

BOOT, OTHER = "ab" * 16, "cd" * 16
TOPIC = "linewatch/v1/plant/box/events"

_numbers = st.sets(st.integers(1, 20))


def holes_of(stored: set[int]) -> list[Hole]:
    missing = set(range(1, max(stored, default=0) + 1)) - stored
    return [Hole("box", BOOT, first, last) for first, last in to_ranges(missing)]


@given(stored=_numbers, told=st.lists(_numbers, max_size=4))
def test_each_missing_number_is_in_one_gap_with_the_right_word(stored: set[int], told: list[set[int]]) -> None:
    spans = [Told("box", BOOT, first, last) for part in told for first, last in to_ranges(part)]
    ends = {("box", BOOT): max(stored)} if stored else {}
    gaps = find_gaps(holes_of(stored), ends, spans)
    listed = [(number, gap.told) for gap in gaps for number in range(gap.first, gap.last + 1)]
    named = set().union(*told)
    known = set(range(1, max(stored | named, default=0) + 1))
    assert dict(listed) == {number: number in named for number in known - stored}
    assert [number for number, _ in listed] == sorted(known - stored)


def message(sequence: int, missing: dict[str, list[SequenceRange]] | None = None) -> Received | Rejected:
    event = event_pb2.Event(
        identity=event_pb2.EventIdentity(device="box", boot=BOOT, sequence=sequence),
        site="plant",
        event_id="e",
        phase=event_pb2.EVENT_PHASE_CLOSED,
        kind=event_pb2.EVENT_KIND_GAP if missing else event_pb2.EVENT_KIND_ANOMALY,
    )
    for boot, ranges in (missing or {}).items():
        part = event.missing.add(boot=boot)
        for first, last in ranges:
            part.ranges.add(first=first, last=last)
    return read_message(TOPIC, event.SerializeToString(), 1 << 20)


def test_the_store_keeps_what_it_was_told_also_when_told_twice(tmp_path: Path) -> None:
    store = EventStore(StoreSettings(url=f"sqlite:///{tmp_path}/events.db"))
    telling = message(8, {BOOT: [SequenceRange(2, 4)], OTHER: [SequenceRange(1, 3)]})
    store.add([message(1), message(3), message(6), telling])
    store.add([telling, message(9, {BOOT: [SequenceRange(2, 4)]})])
    found = [(gap.device, gap.boot, gap.first, gap.last, gap.told) for gap in store.gaps()]
    store.close()
    assert found == [
        ("box", BOOT, 2, 2, True),
        ("box", BOOT, 4, 4, True),
        ("box", BOOT, 5, 5, False),
        ("box", BOOT, 7, 7, False),
        ("box", OTHER, 1, 3, True),
    ]


@pytest.mark.parametrize("ends", [(2, 4), (4, 2)])
@pytest.mark.parametrize("together", [False, True])
def test_a_gap_that_grew_is_told_to_its_whole_length(tmp_path: Path, ends: tuple[int, int], together: bool) -> None:
    store = EventStore(StoreSettings(url=f"sqlite:///{tmp_path}/events.db"))
    tellings = [message(5 + number, {BOOT: [SequenceRange(1, last)]}) for number, last in enumerate(ends)]
    for group in [tellings] if together else [[telling] for telling in tellings]:
        store.add(group)
    assert [(gap.first, gap.last, gap.told) for gap in store.gaps()] == [(1, 4, True)]
    store.close()


def test_a_range_that_is_none_is_refused() -> None:
    for first, last in ((0, 3), (5, 4), (1, 2**63)):
        refused = message(1, {BOOT: [SequenceRange(first, last)]})
        assert isinstance(refused, Rejected)
        assert "no range" in refused.reason
    refused = message(1, {"box": [SequenceRange(1, 1)]})
    assert isinstance(refused, Rejected)
    assert "hexadecimal" in refused.reason
