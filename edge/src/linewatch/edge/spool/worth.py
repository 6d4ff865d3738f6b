"""What a message is worth to the people at home, when a full spool has to give something up. Pure."""

from enum import IntEnum

from google.protobuf.message import DecodeError

from linewatch.protos import event_pb2


class Worth(IntEnum):
    """The least worth goes first; among equals the oldest."""

    UPDATED = 0
    """A later message of its event says more."""
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    ENDS = 4
    """Closes an event that the cloud shows as open: without it, it would be open there for ever."""
    DEVICE = 5
    """About the device itself: a camera that failed, a change that an operator made."""
    GAP = 6
    """Says what was given up. Never given up itself; there is at most one."""


_BY_SEVERITY = {
    event_pb2.EVENT_SEVERITY_LOW: Worth.LOW,
    event_pb2.EVENT_SEVERITY_MEDIUM: Worth.MEDIUM,
    event_pb2.EVENT_SEVERITY_HIGH: Worth.HIGH,
}


def worth_of(event: event_pb2.Event) -> Worth:
    """The worth of a message by itself; an anomaly that says nothing of its severity counts as medium."""
    if event.kind == event_pb2.EVENT_KIND_GAP:
        return Worth.GAP
    if event.phase == event_pb2.EVENT_PHASE_UPDATED:
        return Worth.UPDATED
    if event.kind != event_pb2.EVENT_KIND_ANOMALY:
        return Worth.DEVICE
    return _BY_SEVERITY.get(event.severity, Worth.MEDIUM)


def read_worth(payload: bytes) -> tuple[str, Worth]:
    """Event and worth of a message that is spooled already; a damaged one is worth as little as can be."""
    try:
        event = event_pb2.Event.FromString(payload)
    except DecodeError:
        return "", Worth.UPDATED
    return event.event_id, worth_of(event)
