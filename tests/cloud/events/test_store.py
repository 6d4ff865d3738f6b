"""The store keeps each message once, whatever order and however often it comes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from linewatch.cloud.errors import ConfigurationError, StoreSchemaError
from linewatch.cloud.events.message import Received, Rejected, read_message
from linewatch.cloud.events.schema import events
from linewatch.cloud.events.settings import StoreSettings
from linewatch.cloud.events.store import EventStore
from linewatch.protos import event_pb2

BOOT = "ab" * 16
LIMIT = 1 << 20


def payload(sequence: int, device: str = "box", changes: dict[str, object] | None = None) -> bytes:
    message = event_pb2.Event(
        identity=event_pb2.EventIdentity(device=device, boot=BOOT, sequence=sequence),
        site="plant",
        camera="line",
        event_id="e1",
        phase=event_pb2.EVENT_PHASE_OPENED,
        peak_score=1.5,
        threshold=1.0,
    )
    message.MergeFrom(event_pb2.Event(**(changes or {})))  # type: ignore[arg-type]
    return message.SerializeToString()


def received(sequence: int, device: str = "box") -> Received:
    message = read_message(f"linewatch/v1/plant/{device}/events", payload(sequence, device), LIMIT)
    assert isinstance(message, Received)
    return message


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    opened = EventStore(StoreSettings(url=f"sqlite:///{tmp_path}/deep/events.db", quarantine_limit=3))
    yield opened
    opened.close()


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=st.lists(st.lists(st.integers(1, 12), min_size=1, max_size=8), max_size=6))
def test_any_order_and_repetition_gives_the_set(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[int]]
) -> None:
    store = EventStore(StoreSettings(url=f"sqlite:///{tmp_path_factory.mktemp('store')}/events.db"))
    stored = duplicates = 0
    for group in groups:
        done = store.add([received(sequence) for sequence in group])
        stored, duplicates = stored + done.stored, duplicates + done.duplicates
        assert done.acknowledge == {("plant", "box", BOOT): set(group)}
    expected = {sequence for group in groups for sequence in group}
    assert {event.sequence for event in store.events()} == expected
    assert (stored, stored + duplicates) == (len(expected), sum(map(len, groups)))
    missing = {sequence for gap in store.gaps() for sequence in range(gap.first, gap.last + 1)}
    assert missing == set(range(1, max(expected, default=0) + 1)) - expected
    assert [sequence for sequence, _ in store.payloads("box", BOOT)] == sorted(expected)
    store.close()


def test_what_was_stored_is_there_after_opening_again(tmp_path: Path) -> None:
    where = StoreSettings(url=f"sqlite:///{tmp_path}/events.db")
    first = EventStore(where)
    first.add([received(1), received(1, "other")])
    first.close()
    again = EventStore(where)
    assert again.count() == 2
    assert [event.device for event in again.events(after=1)] == ["other"]
    assert [event.device for event in again.events(limit=1)] == ["other"]
    again.close()


def test_refused_messages_are_kept_up_to_the_limit(store: EventStore) -> None:
    rejected = [read_message("linewatch/v1/plant/box/events", b"\xff" + bytes([index]), LIMIT) for index in range(5)]
    assert all(isinstance(message, Rejected) for message in rejected)
    done = store.add([*rejected, received(1)])
    assert (done.stored, done.quarantined) == (1, 5)
    assert len(store.quarantined()) == 3
    assert "not a linewatch.v1.Event" in store.quarantined()[0].reason


def test_holes_in_the_count_of_refused_messages_cost_none(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/events.db"
    store = EventStore(StoreSettings(url=url, quarantine_limit=3))
    rejected = [read_message("linewatch/v1/plant/box/events", b"\xff" + bytes([index]), LIMIT) for index in range(3)]
    store.add(rejected[:2])
    with create_engine(url).begin() as connection:
        connection.execute(text("UPDATE sqlite_sequence SET seq = 1000 WHERE name = 'quarantine'"))
    store.add(rejected[2:])
    assert len(store.quarantined()) == 3
    store.close()


@pytest.mark.parametrize(
    ("topic", "changes", "words"),
    [
        ("linewatch/v1/plant/other/events", {}, "the topic is of device"),
        ("linewatch/v1/elsewhere/box/events", {}, "the topic is of site"),
        ("linewatch/v1/plant/box/events", {"peak_score": float("nan")}, "peak_score"),
        ("linewatch/v1/plant/box/events", {"camera": "x" * 300}, "camera"),
    ],
)
def test_a_message_that_lies_is_refused(topic: str, changes: dict[str, object], words: str) -> None:
    message = read_message(topic, payload(1, changes=changes), LIMIT)
    assert isinstance(message, Rejected)
    assert words in message.reason


def test_a_database_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/events.db"
    engine = create_engine(url)
    old = [column for column in events.columns if column.name not in {"kind", "reason", "severity", "part"}]
    with engine.begin() as connection:
        names = ", ".join(f"{column.name} {column.type.compile(engine.dialect)}" for column in old)
        names = names.replace("position INTEGER", "position INTEGER PRIMARY KEY")
        connection.execute(text(f"CREATE TABLE events ({names}, UNIQUE (device, boot, sequence))"))
        connection.execute(text("CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY)"))
        connection.execute(text("INSERT INTO schema_version VALUES (1)"))
        row: dict[str, object] = {
            **received(1).columns,
            "position": 1,
            "device": "box",
            "boot": BOOT,
            "sequence": 1,
            "site": "plant",
        }
        row |= {"received_unix_ns": 5, "payload_sha256": received(1).digest, "payload": received(1).payload}
        plain = {column.name: row[column.name] for column in old}
        places = ", ".join(f":{name}" for name in plain)
        connection.execute(text(f"INSERT INTO events ({', '.join(plain)}) VALUES ({places})"), plain)
    engine.dispose()
    store = EventStore(StoreSettings(url=url))
    health: dict[str, object] = {"kind": event_pb2.EVENT_KIND_HEALTH, "reason": "no frame for 5 s"}
    verdict: dict[str, object] = {"severity": event_pb2.EVENT_SEVERITY_HIGH, "part": 7}
    topic = "linewatch/v1/plant/box/events"
    messages = [read_message(topic, payload(at, changes=changes), LIMIT) for at, changes in ((2, health), (3, verdict))]
    store.add([received(1), *messages])
    assert [(event.kind, event.reason, event.severity, event.part) for event in store.events()] == [
        ("anomaly", "", "", 0),
        ("health", "no frame for 5 s", "", 0),
        ("anomaly", "", "high", 7),
    ]
    store.close()


def test_another_schema_is_a_clear_error(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/events.db"
    EventStore(StoreSettings(url=url)).close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE schema_version SET version = 99"))
    engine.dispose()
    with pytest.raises(StoreSchemaError, match="99"):
        EventStore(StoreSettings(url=url))


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite:////proc/no/events.db"])
def test_a_database_that_cannot_be_used(url: str) -> None:
    with pytest.raises(ConfigurationError):
        EventStore(StoreSettings(url=url))
