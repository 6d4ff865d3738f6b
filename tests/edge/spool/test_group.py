"""What a full spool gives up, and that the cloud is told of every single message of it."""

import random
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linewatch.edge.spool.database import open_database
from linewatch.edge.spool.gap_event import GAP_RESERVE_BYTES, MAX_RANGES, Gap, gap_event
from linewatch.edge.spool.gaps import ROW_BYTES
from linewatch.edge.spool.group import Group
from linewatch.edge.spool.held import count_held
from linewatch.edge.spool.ledger import Ledger
from linewatch.edge.spool.message import SpoolReport
from linewatch.edge.spool.report import read_report
from linewatch.edge.spool.worth import Worth, worth_of
from linewatch.protos import event_pb2

BOOT = "cd" * 16
ROOM = 64 * 1024
OPENED, UPDATED, CLOSED = (
    event_pb2.EVENT_PHASE_OPENED,
    event_pb2.EVENT_PHASE_UPDATED,
    event_pb2.EVENT_PHASE_CLOSED,
)
LOW, MEDIUM, HIGH = (
    event_pb2.EVENT_SEVERITY_LOW,
    event_pb2.EVENT_SEVERITY_MEDIUM,
    event_pb2.EVENT_SEVERITY_HIGH,
)


def anomaly(
    event_id: str, phase: event_pb2.EventPhase = OPENED, severity: event_pb2.EventSeverity = MEDIUM, size: int = 4000
) -> event_pb2.Event:
    evidence = event_pb2.Evidence(crop_jpeg=bytes(size))
    return event_pb2.Event(event_id=event_id, phase=phase, severity=severity, evidence=evidence)


def health(event_id: str) -> event_pb2.Event:
    return event_pb2.Event(event_id=event_id, phase=CLOSED, kind=event_pb2.EVENT_KIND_HEALTH, reason="x" * 4000)


@dataclass
class Box:
    """A spool without its thread: each call is one transaction."""

    path: Path
    room: int = ROOM
    now_s: float = 0.0
    ledger: Ledger = field(default_factory=lambda: Ledger(device="box", boot=BOOT))

    def __post_init__(self) -> None:
        self.connection = open_database(self.path, 1.0)
        self.counts = count_held(self.connection)

    def run(
        self,
        *events: event_pb2.Event,
        forget: tuple[int, int] | None = None,
        abandon: int | None = None,
        older_s: float = -1.0,
    ) -> list[int]:
        """Record `events`, forget a range, abandon one; returns the sequences that were given up."""
        group = Group(
            self.connection,
            self.ledger,
            held=self.counts,
            max_bytes=self.room,
            now_s=self.now_s,
        )
        self.connection.execute("BEGIN")
        for event in events:
            group.add(event, event.SerializeToString())
        if forget:
            group.forget(BOOT, [forget])
        if abandon is not None:
            group.abandon(BOOT, abandon)
        group.evict_older_than(older_s)
        group.fit()
        group.tell_gaps(site="plant", time_unix_ns=1)
        group.fit()
        group.keep_ledger()
        self.connection.execute("COMMIT")
        self.ledger, self.counts = group.ledger, group.held()
        return [sequence for _, sequence in group.evicted]

    def close(self) -> None:
        self.connection.close()

    def reopen(self) -> None:
        """Begin again with what the file says."""
        self.close()
        self.connection = open_database(self.path, 1.0)
        self.counts = count_held(self.connection)

    def waiting(self) -> dict[int, event_pb2.Event]:
        rows = self.connection.execute("SELECT sequence, payload FROM messages ORDER BY position")
        return {sequence: event_pb2.Event.FromString(payload) for sequence, payload in rows}

    def held(self) -> int:
        """Bytes that count against the room, counted anew."""
        queries = (
            "SELECT coalesce(sum(size), 0) FROM messages",
            "SELECT coalesce(sum(length(payload)), 0) FROM open_events",
            f"SELECT {ROW_BYTES} * count(*) FROM gaps",
        )
        return sum(self.connection.execute(query).fetchone()[0] for query in queries)

    def report(self) -> SpoolReport:
        return read_report(self.path)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path / "spool.db")
    with closing(made.connection):
        yield made


def test_the_least_worth_goes_first_and_among_equals_the_oldest(box: Box) -> None:
    stored = [
        health("camera"),  # 1
        anomaly("a", OPENED, HIGH),  # 2
        anomaly("b", OPENED, MEDIUM),  # 3
        anomaly("c", OPENED, LOW),  # 4
        anomaly("a", UPDATED, HIGH),  # 5
        anomaly("d", OPENED, LOW),  # 6
        anomaly("b", UPDATED, LOW),  # 7
        anomaly("e", OPENED),  # 8
    ]
    stored[7].severity = event_pb2.EVENT_SEVERITY_UNSPECIFIED
    assert box.run(*stored) == []
    given_up: list[int] = []
    while len([one for one in given_up if one <= 8]) < 7:
        box.room -= 500
        given_up += box.run()
    assert [one for one in given_up if one <= 8][:7] == [5, 7, 4, 6, 3, 8, 2]
    assert 1 in box.waiting()


@pytest.mark.parametrize("severities", [(LOW, LOW), (LOW, HIGH), (HIGH, LOW), (MEDIUM, LOW)])
def test_a_closed_outlives_its_opened_whatever_their_severity(
    box: Box, severities: tuple[event_pb2.EventSeverity, event_pb2.EventSeverity]
) -> None:
    opened, closed = severities
    box.run(anomaly("a", OPENED, opened), anomaly("a", CLOSED, closed), anomaly("b", OPENED, HIGH))
    given_up: list[int] = []
    while len(given_up) < 2:
        box.room -= 1000
        given_up += box.run()
    assert given_up.index(1) < (given_up.index(2) if 2 in given_up else 99)


def test_what_closes_an_event_that_the_cloud_shows_as_open_is_kept_longest(box: Box) -> None:
    box.run(anomaly("seen", OPENED, LOW), anomaly("later", OPENED, LOW))
    box.run(forget=(1, 1))
    box.run(anomaly("seen", CLOSED, LOW), anomaly("later", CLOSED, LOW), anomaly("b", OPENED, HIGH))
    box.run(forget=(2, 2))  # now the cloud shows both
    given_up: list[int] = []
    while not given_up:
        box.room -= 1000
        given_up += box.run()
    assert given_up[0] == 5


def test_copies_of_open_events_count_and_stay_bounded(box: Box) -> None:
    for number in range(40):
        box.run(anomaly(f"event-{number}", OPENED, size=2000))
        assert box.held() <= ROOM
    copies = [row[0] for row in box.connection.execute("SELECT payload FROM open_events ORDER BY rowid")]
    assert len(copies) == 40
    whole = [copy for copy in copies if event_pb2.Event.FromString(copy).HasField("evidence")]
    assert 0 < sum(map(len, whole)) <= ROOM // 8
    assert [event_pb2.Event.FromString(copy).event_id for copy in copies] == [f"event-{n}" for n in range(40)]


def test_age_takes_all_but_what_tells_of_it(box: Box) -> None:
    box.run(anomaly("a"), health("camera"))
    box.now_s = 100.0
    box.run(anomaly("b"))
    assert box.run(older_s=50.0) == [1, 2]
    assert list(box.waiting()) == [3, 4]
    assert box.waiting()[4].kind == event_pb2.EVENT_KIND_GAP
    box.now_s = 1000.0
    assert box.run(older_s=999.0) == [3]
    assert list(box.waiting()) == [4]


def test_one_message_tells_of_what_was_given_up_and_the_next_one_of_the_rest(box: Box) -> None:
    box.run(*[anomaly(f"{number}", UPDATED, size=10_000) for number in range(8)])
    (first,) = [event for event in box.waiting().values() if event.kind == event_pb2.EVENT_KIND_GAP]
    told = first.missing[0]
    box.run(*[anomaly(f"{number}", UPDATED, size=10_000) for number in range(8)])
    gaps = [sequence for sequence, event in box.waiting().items() if event.kind == event_pb2.EVENT_KIND_GAP]
    assert len(gaps) == 1
    assert any(not gap.told for gap in box.report().gaps)
    box.run(forget=(gaps[0], gaps[0]))
    (second,) = [event for event in box.waiting().values() if event.kind == event_pb2.EVENT_KIND_GAP]
    named = {n for part in (told, second.missing[0]) for r in part.ranges for n in range(r.first, r.last + 1)}
    waiting = box.waiting()
    assert named | set(waiting) | {gaps[0]} == set(range(1, box.ledger.last_sequence + 1))
    assert not named & set(waiting)


def test_the_largest_message_about_gaps_fits_into_its_reserve() -> None:
    worst = [Gap(boot=f"{n:032x}", first=2**63 - 2, last=2**63 - 1) for n in range(MAX_RANGES)]
    event = gap_event(worst, site="s" * 64, device="d" * 64, boot=BOOT, sequence=2**63 - 1, time_unix_ns=2**62)
    assert len(event.SerializeToString()) < GAP_RESERVE_BYTES


_records = st.tuples(
    st.just("record"),
    st.integers(0, 5),
    st.sampled_from([OPENED, UPDATED, CLOSED]),
    st.sampled_from([LOW, MEDIUM, HIGH]),
    st.integers(0, 15_000),
)
_steps = st.lists(
    st.one_of(
        _records,
        _records,
        _records,
        st.tuples(st.just("forget"), st.integers(1, 40), st.integers(0, 10)),
        st.tuples(st.just("abandon"), st.integers(1, 40)),
        st.tuples(st.just("reopen")),
    ),
    max_size=40,
)


@settings(max_examples=60)
@given(steps=_steps, seed=st.integers(0, 99))
def test_whatever_happens_every_message_waits_was_taken_or_is_told_of(
    steps: list[tuple[object, ...]], seed: int
) -> None:
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        box = Box(Path(folder) / "spool.db")
        taken: set[int] = set()
        told: set[int] = set()
        with closing(box):
            for step, *arguments in steps:
                before = box.waiting()
                if step == "record":
                    number, phase, severity, size = arguments
                    event = anomaly(f"e{number}", phase, severity, size)  # type: ignore[arg-type]
                    box.run(event)
                    after = box.waiting()
                    lost = [worth_of(one) for sequence, one in before.items() if sequence not in after]
                    kept = [worth_of(one) for one in after.values()]
                    # Anomalies by themselves never go before an `updated` that could go in their place.
                    assert not (any(one > Worth.UPDATED for one in lost) and Worth.UPDATED in kept)
                elif step == "abandon":
                    box.run(abandon=int(str(arguments[0])))
                elif step == "reopen":
                    box.reopen()
                else:
                    first, more = (int(str(one)) for one in arguments)
                    gone = {first + n for n in range(more + 1)} if dice.random() < 0.7 else set(before)
                    low, high = (min(gone), max(gone)) if gone else (1, 1)
                    for sequence in set(before) & set(range(low, high + 1)):
                        taken.add(sequence)
                        for part in before[sequence].missing:
                            told |= {n for r in part.ranges for n in range(r.first, r.last + 1)}
                    box.run(forget=(low, high))
                    taken |= set(range(low, high + 1)) & set(range(1, box.ledger.last_sequence + 1)) - set(
                        box.waiting()
                    )
                assert box.held() <= ROOM
                gaps = {n for gap in box.report().gaps for n in range(gap.first, gap.last + 1)}
                everything = set(range(1, box.ledger.last_sequence + 1))
                assert set(box.waiting()) | taken | told | gaps == everything
                assert not set(box.waiting()) & (gaps | told)
                assert box.counts == count_held(box.connection)
                assert sum(one.kind == event_pb2.EVENT_KIND_GAP for one in box.waiting().values()) <= 1


def test_a_transaction_costs_the_same_however_much_is_held(tmp_path: Path) -> None:
    few, many = (_work_of_one_more(tmp_path / f"{count}.db", count) for count in (20, 2000))
    assert many < 2 * few


def _work_of_one_more(path: Path, count: int) -> int:
    """Steps of SQLite for one event beside `count` gaps and messages, and twice as many open events."""
    box = Box(path, room=1 << 24)
    with closing(box.connection):
        box.run(*(anomaly(f"e{number}", size=10) for number in range(2 * count)))
        box.connection.execute("DELETE FROM messages WHERE sequence % 2")
        gaps = [(BOOT, sequence, sequence, 0) for sequence in range(1, 2 * count, 2)]
        box.connection.executemany("INSERT INTO gaps VALUES (?, ?, ?, ?)", gaps)
        box.counts = count_held(box.connection)
        box.run()  # tells of gaps, so that the next one has nothing to say
        steps = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        box.connection.set_progress_handler(step, 1)
        box.run(anomaly("one more", size=10))
        box.connection.set_progress_handler(None, 1)
    return steps
