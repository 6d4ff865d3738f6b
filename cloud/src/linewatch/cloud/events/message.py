"""Reads one message from the broker: an event to store, or something to quarantine. Pure."""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from linewatch.cloud.events.identity import Identity, SequenceRange
from linewatch.protos import event_pb2
from linewatch.protos.topics import Channel, Topic, TopicError, parse_topic

PHASES: Mapping[int, str] = {
    event_pb2.EVENT_PHASE_OPENED: "opened",
    event_pb2.EVENT_PHASE_UPDATED: "updated",
    event_pb2.EVENT_PHASE_CLOSED: "closed",
}

KINDS: Mapping[int, str] = {
    event_pb2.EVENT_KIND_ANOMALY: "anomaly",
    event_pb2.EVENT_KIND_HEALTH: "health",
    event_pb2.EVENT_KIND_GAP: "gap",
    event_pb2.EVENT_KIND_SUGGESTION: "suggestion",
}

SEVERITIES: Mapping[int, str] = {
    event_pb2.EVENT_SEVERITY_UNSPECIFIED: "",
    event_pb2.EVENT_SEVERITY_LOW: "low",
    event_pb2.EVENT_SEVERITY_MEDIUM: "medium",
    event_pb2.EVENT_SEVERITY_HIGH: "high",
}

_NAMES: Mapping[str, Mapping[int, str]] = {"phase": PHASES, "kind": KINDS, "severity": SEVERITIES}

_BOOT = re.compile(r"[0-9a-f]{32}")
_LARGEST = 2**63 - 1  # of SQL's BIGINT
_LONGEST_TEXT = 256
_TEXTS = ("camera", "event_id", "bundle_digest", "defect_class", "reason")
_COUNTS = ("first_frame", "last_frame", "peak_frame", "frames_anomalous", "frame_width", "frame_height", "part")
_SCORES = ("peak_score", "threshold")
_PLAIN = (*_TEXTS, *_COUNTS, *_SCORES, "time_unix_ns")


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """A sound event. `columns` are the values of its row but for payload and time of arrival.

    `missing` are the boots and sequence numbers that the device says it gave up.
    """

    site: str
    identity: Identity
    columns: dict[str, str | int | float]
    payload: bytes
    digest: bytes
    missing: tuple[tuple[str, SequenceRange], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejected:
    """A message that is kept for a person to look at.

    `identity` is known when the device spoke for itself and only the content is wrong: then it is told that we have it.
    """

    topic: str
    reason: str
    payload: bytes
    digest: bytes
    site: str = ""
    identity: Identity | None = None


def refuse(message: Received, reason: str) -> Rejected:
    """What is kept of a sound message that cannot be stored as an event."""
    place = Topic(site=message.site, device=message.identity.device, channel=Channel.EVENTS)
    return Rejected(
        topic=str(place),
        reason=reason,
        payload=message.payload,
        digest=message.digest,
        site=message.site,
        identity=message.identity,
    )


class _FaultError(ValueError):
    """Why a message is rejected."""


def read_message(topic: str, payload: bytes, max_payload_bytes: int) -> Received | Rejected:
    """Check a message; never raises."""
    digest = hashlib.sha256(payload).digest()
    cut = payload[:max_payload_bytes]
    try:
        place = _place(topic)
        if len(payload) > max_payload_bytes:
            raise _FaultError(f"{len(payload)} bytes are more than the {max_payload_bytes} allowed; kept cut to that")
        event = _parse(payload)
        identity = _identity(event, place)
    except _FaultError as fault:
        return Rejected(topic=_plain(topic), reason=str(fault), payload=cut, digest=digest)
    try:
        columns, missing = _columns(event), _missing(event)
    except _FaultError as fault:
        return Rejected(topic=topic, reason=str(fault), payload=cut, digest=digest, site=place.site, identity=identity)
    return Received(
        site=place.site, identity=identity, columns=columns, payload=payload, digest=digest, missing=missing
    )


def _place(topic: str) -> Topic:
    try:
        place = parse_topic(topic)
    except TopicError as error:
        raise _FaultError(str(error)) from error
    if place.channel is not Channel.EVENTS:
        raise _FaultError(f"topic {topic!r} is not for events")
    return place


def _parse(payload: bytes) -> event_pb2.Event:
    try:
        return event_pb2.Event.FromString(payload)
    except DecodeError as error:
        raise _FaultError(f"not a linewatch.v1.Event: {error}") from error


def _identity(event: event_pb2.Event, place: Topic) -> Identity:
    identity = event.identity
    if identity.device != place.device:
        raise _FaultError(f"the topic is of device {place.device!r}, the message says {identity.device[:64]!r}")
    if event.site != place.site:
        raise _FaultError(f"the topic is of site {place.site!r}, the message says {event.site[:64]!r}")
    if not _BOOT.fullmatch(identity.boot):
        raise _FaultError(f"boot {identity.boot[:64]!r} is not 32 hexadecimal digits")
    if not 1 <= identity.sequence <= _LARGEST:
        raise _FaultError(f"sequence {identity.sequence} is not between 1 and {_LARGEST}")
    return Identity(identity.device, identity.boot, identity.sequence)


def _columns(event: event_pb2.Event) -> dict[str, str | int | float]:
    named = {name: _name(name, getattr(event, name), known) for name, known in _NAMES.items()}
    if not event.event_id:
        raise _FaultError("event_id is empty")
    for name in _TEXTS:
        value = getattr(event, name)
        if len(value) > _LONGEST_TEXT or not value.isprintable():
            raise _FaultError(f"{name} {value[:64]!r} is unprintable or longer than {_LONGEST_TEXT}")
    for name in _COUNTS:
        if getattr(event, name) > _LARGEST:
            raise _FaultError(f"{name} {getattr(event, name)} is too large")
    for name in _SCORES:
        if not math.isfinite(getattr(event, name)):
            raise _FaultError(f"{name} is {getattr(event, name)}")
    return {**named, **{name: getattr(event, name) for name in _PLAIN}}


def _missing(event: event_pb2.Event) -> tuple[tuple[str, SequenceRange], ...]:
    """The boots of a device have names that only it knows, so that what it says of them is believed."""
    for part in event.missing:
        if not _BOOT.fullmatch(part.boot):
            raise _FaultError(f"missing boot {part.boot[:64]!r} is not 32 hexadecimal digits")
        for span in part.ranges:
            if not 1 <= span.first <= span.last < _LARGEST:
                raise _FaultError(f"missing messages {span.first} to {span.last} are no range")
    return tuple((part.boot, SequenceRange(span.first, span.last)) for part in event.missing for span in part.ranges)


def _name(what: str, number: int, known: Mapping[int, str]) -> str:
    if number not in known:
        raise _FaultError(f"{what} {number} is unknown")
    return known[number]


def _plain(topic: str) -> str:
    """A topic that any database takes as text."""
    return "".join(character if character.isprintable() else "?" for character in topic)[:_LONGEST_TEXT]
