"""Acknowledgements: read, or refused without harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.publish.ack import Ack, AckError, parse_ack
from linewatch.protos import event_pb2


def test_an_acknowledgement_for_us() -> None:
    message = event_pb2.EventAck(device="box", boot="ab" * 16)
    message.committed.add(first=1, last=4)
    message.committed.add(first=9, last=9)
    assert parse_ack(message.SerializeToString(), {"box"}) == Ack(boot="ab" * 16, ranges=((1, 4), (9, 9)))


def test_an_acknowledgement_for_another_device() -> None:
    with pytest.raises(AckError, match="'other'"):
        parse_ack(event_pb2.EventAck(device="other").SerializeToString(), {"box"})


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    try:
        parse_ack(payload, {"box"})
    except AckError:
        return
