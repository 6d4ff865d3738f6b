"""Reads the cloud's acknowledgements."""

from collections.abc import Collection
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


def parse_ack(payload: bytes, devices: Collection[str]) -> Ack:
    """Read a serialized `linewatch.v1.EventAck` for one of `devices`, the names that this device has or had.

    Raises:
        AckError: not such a message, or for another device.
    """
    try:
        message = event_pb2.EventAck.FromString(payload)
    except DecodeError as error:
        raise AckError(f"not an acknowledgement: {error}") from error
    if message.device not in devices:
        raise AckError(f"an acknowledgement for device {message.device!r}, and this is {' or '.join(sorted(devices))}")
    return Ack(boot=message.boot, ranges=tuple((part.first, part.last) for part in message.committed))
