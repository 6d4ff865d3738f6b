"""CloudEvents 1.0 attributes of an event, as MQTT 5 user properties (binary content mode of the MQTT binding)."""

from datetime import UTC, datetime

from linewatch.protos import event_pb2

CONTENT_TYPE = "application/protobuf"

_KIND = {
    event_pb2.EVENT_KIND_ANOMALY: "event",
    event_pb2.EVENT_KIND_HEALTH: "health",
    event_pb2.EVENT_KIND_GAP: "gap",
    event_pb2.EVENT_KIND_SUGGESTION: "suggestion",
}
_SUFFIX = {
    event_pb2.EVENT_PHASE_OPENED: "opened",
    event_pb2.EVENT_PHASE_UPDATED: "updated",
    event_pb2.EVENT_PHASE_CLOSED: "closed",
}


def attributes(event: event_pb2.Event) -> list[tuple[str, str]]:
    """The attributes in a fixed order; `id` is unique within `source`, as the specification asks.

    What is about the device and no camera has no `subject`: the specification allows none that is empty.
    """
    identity = event.identity
    about = [("subject", event.camera)] if event.camera else []
    return [
        ("specversion", "1.0"),
        ("type", f"linewatch.v1.{_KIND.get(event.kind, 'event')}.{_SUFFIX.get(event.phase, 'unknown')}"),
        ("source", f"/linewatch/v1/{event.site}/{identity.device}"),
        ("id", f"{identity.boot}-{identity.sequence}"),
        ("time", _rfc3339(event.time_unix_ns)),
        *about,
    ]


def _rfc3339(time_unix_ns: int) -> str:
    seconds, nanoseconds = divmod(time_unix_ns, 1_000_000_000)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"
