"""Reads the cloud's acknowledgements."""

from dataclasses import dataclass

from google.protobuf.message import DecodeError

from linewatch.edge.publish.window import SequenceRange
from linewatch.protos import event_pb2


class AckError(ValueError):
    """An acknowledgement that does not concern us or cannot be read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ack:
    """These messages of one boot are committed to the cloud's database."""

    boot: str
    ranges: tuple[SequenceRange, ...]


def parse_ack(payload: bytes, device: str) -> Ack:
    """Read a serialized `linewatch.v1.EventAck` for `device`.

    Raises:
        AckError: not such a message, or for another device.
    """
    try:
        message = event_pb2.EventAck.FromString(payload)
    except DecodeError as error:
        raise AckError(f"not an acknowledgement: {error}") from error
    if message.device != device:
        raise AckError(f"an acknowledgement for device {message.device!r}, and this is {device!r}")
    return Ack(boot=message.boot, ranges=tuple((part.first, part.last) for part in message.committed))
