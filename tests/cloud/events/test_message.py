"""Messages are read or rejected with a reason; nothing a broker delivers raises or reaches the table unchecked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.cloud.events.message import Received, Rejected, read_message, refuse
from linewatch.protos import event_pb2

BOOT = "ab" * 16
TOPIC = "linewatch/v1/plant/box/events"


def event(**changes: object) -> event_pb2.Event:
    message = event_pb2.Event(
        identity=event_pb2.EventIdentity(device="box", boot=BOOT, sequence=1),
        site="plant",
        event_id="e",
        phase=event_pb2.EVENT_PHASE_CLOSED,
    )
    message.MergeFrom(event_pb2.Event(**changes))  # type: ignore[arg-type]
    return message


@given(topic=st.text(max_size=40) | st.just(TOPIC), payload=st.binary(max_size=60))
def test_no_bytes_raise(topic: str, payload: bytes) -> None:
    read = read_message(topic, payload, 1024)
    if isinstance(read, Rejected):
        assert read.reason
        assert read.topic.isprintable()


@given(payload=st.binary(max_size=30))
def test_an_event_with_bytes_appended_is_rejected_or_sound(payload: bytes) -> None:
    read = read_message(TOPIC, event().SerializeToString() + payload, 1024)
    if isinstance(read, Received):
        assert all(not isinstance(value, int) or -(2**63) <= value < 2**63 for value in read.columns.values())
        assert all(not isinstance(value, str) or value.isprintable() for value in read.columns.values())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"phase": 7}, "phase 7"),
        ({"camera": "a\0b"}, "camera"),
        ({"frames_anomalous": 2**64 - 1}, "frames_anomalous"),
        ({"threshold": float("inf")}, "threshold"),
    ],
)
def test_wrong_content_keeps_the_identity_so_that_the_device_is_answered(
    changes: dict[str, object], words: str
) -> None:
    read = read_message(TOPIC, event(**changes).SerializeToString(), 1 << 20)
    assert isinstance(read, Rejected)
    assert words in read.reason
    assert read.identity == ("box", BOOT, 1)


@pytest.mark.parametrize(
    ("identity", "words"),
    [
        ({"boot": "AB" * 16}, "hexadecimal"),
        ({"sequence": 2**64 - 1}, "sequence"),
        ({"device": "other"}, "the topic is of device 'box'"),
    ],
)
def test_a_wrong_identity_is_nobodys(identity: dict[str, object], words: str) -> None:
    message = event()
    message.identity.MergeFrom(event_pb2.EventIdentity(**identity))  # type: ignore[arg-type]
    read = read_message(TOPIC, message.SerializeToString(), 1 << 20)
    assert isinstance(read, Rejected)
    assert words in read.reason
    assert read.identity is None


def test_a_message_that_is_too_large_is_kept_cut() -> None:
    read = read_message(TOPIC, b"x" * 5000, 1024)
    assert isinstance(read, Rejected)
    assert (len(read.payload), "5000 bytes" in read.reason) == (1024, True)


def test_other_topics_are_rejected() -> None:
    read = read_message("linewatch/v1/plant/box/acks", event().SerializeToString(), 1024)
    assert isinstance(read, Rejected)
    assert "not for events" in read.reason


def test_a_refused_event_keeps_what_it_was() -> None:
    read = read_message(TOPIC, event().SerializeToString(), 1024)
    assert isinstance(read, Received)
    refused = refuse(read, "because")
    assert (refused.topic, refused.reason, refused.payload, refused.identity) == (
        TOPIC,
        "because",
        read.payload,
        read.identity,
    )
