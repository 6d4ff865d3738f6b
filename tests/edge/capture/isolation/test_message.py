import struct

import pytest
from hypothesis import given
from hypothesis import strategies as some

from linewatch.edge.capture.isolation.message import (
    MOST_BYTES,
    Ended,
    Failed,
    FrameReady,
    Message,
    Open,
    Opened,
    Room,
    RoomWanted,
    SlotFree,
    Unreadable,
    decode,
    encode,
)
from linewatch.edge.errors import CameraError

tiny, small, large = some.integers(0, 255), some.integers(0, 2**32 - 1), some.integers(0, 2**64 - 1)
seconds = some.floats(allow_nan=False)
texts = some.text(max_size=900)
messages: some.SearchStrategy[Message] = some.one_of(
    some.builds(Open, texts),
    some.builds(Opened, seconds, texts),
    some.builds(RoomWanted, large),
    some.builds(
        FrameReady, small, small, small, small, small, some.integers(-(2**63), 2**63 - 1), seconds, small, tiny, tiny
    ),
    some.builds(Unreadable, small, texts),
    some.builds(Ended, small),
    some.builds(Failed, some.booleans(), texts),
    some.builds(Room, small, small, large),
    some.builds(SlotFree, small, small),
)


@given(messages)
def test_what_is_sent_is_what_arrives(message: Message) -> None:
    datagram = encode(message)
    assert len(datagram) <= MOST_BYTES
    assert decode(datagram) == message


@given(some.binary(max_size=80))
def test_a_hostile_process_is_a_failed_camera_and_nothing_worse(datagram: bytes) -> None:
    try:
        message = decode(datagram)
    except CameraError:
        return
    assert struct.calcsize("<" + message.FORM) < len(datagram)


def test_long_reasons_are_cut() -> None:
    message = decode(encode(Failed(True, "é" * MOST_BYTES)))
    assert isinstance(message, Failed)
    assert message.reason.startswith("éé")
    with pytest.raises(CameraError, match="FrameReady in 2 bytes"):
        decode(b"F1")
