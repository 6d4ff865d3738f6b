"""The boundary between events of the domain and generated messages."""

from collections.abc import Mapping

from linewatch.edge.decide.event import (
    AnomalyEvent,
    Event,
    EventIdentity,
    Evidence,
    HealthEvent,
    HeatMap,
    Phase,
    Region,
    Severity,
    SuggestionEvent,
)
from linewatch.protos import event_pb2

_PHASE_TO_PROTO = {
    Phase.OPENED: event_pb2.EVENT_PHASE_OPENED,
    Phase.UPDATED: event_pb2.EVENT_PHASE_UPDATED,
    Phase.CLOSED: event_pb2.EVENT_PHASE_CLOSED,
}
_PHASE_FROM_PROTO = {number: phase for phase, number in _PHASE_TO_PROTO.items()}

_SEVERITY_TO_PROTO = {
    None: event_pb2.EVENT_SEVERITY_UNSPECIFIED,
    Severity.LOW: event_pb2.EVENT_SEVERITY_LOW,
    Severity.MEDIUM: event_pb2.EVENT_SEVERITY_MEDIUM,
    Severity.HIGH: event_pb2.EVENT_SEVERITY_HIGH,
}
_SEVERITY_FROM_PROTO = {number: severity for severity, number in _SEVERITY_TO_PROTO.items()}

_PLAIN_FIELDS = (
    "camera",
    "event_id",
    "time_unix_ns",
    "first_frame",
    "last_frame",
    "peak_frame",
    "peak_score",
    "threshold",
    "frames_anomalous",
    "frame_width",
    "frame_height",
    "bundle_digest",
    "defect_class",
    "part",
)

_HEALTH_FIELDS = ("camera", "event_id", "time_unix_ns", "reason")

_SUGGESTION_FIELDS = (*_HEALTH_FIELDS, "overlay")

_KINDS: Mapping[type[Event], tuple[event_pb2.EventKind, tuple[str, ...]]] = {
    AnomalyEvent: (event_pb2.EVENT_KIND_ANOMALY, _PLAIN_FIELDS),
    HealthEvent: (event_pb2.EVENT_KIND_HEALTH, _HEALTH_FIELDS),
    SuggestionEvent: (event_pb2.EVENT_KIND_SUGGESTION, _SUGGESTION_FIELDS),
}
"""Kind of the message, and the fields that are the same on both sides."""


def to_proto(event: Event, identity: EventIdentity, site: str) -> event_pb2.Event:
    """The message for `event`, complete with who says it and where."""
    kind, fields = _KINDS[type(event)]
    message = event_pb2.Event(
        identity=event_pb2.EventIdentity(device=identity.device, boot=identity.boot, sequence=identity.sequence),
        site=site,
        phase=_PHASE_TO_PROTO[event.phase],
        kind=kind,
        **{name: getattr(event, name) for name in fields},
    )
    if isinstance(event, AnomalyEvent):
        message.severity = _SEVERITY_TO_PROTO[event.severity]
        if event.evidence is not None:
            message.evidence.CopyFrom(_evidence_to_proto(event.evidence))
    return message


def from_proto(message: event_pb2.Event) -> tuple[Event, EventIdentity, str]:
    """The event, its identity and its site, as `to_proto` was given them.

    Raises:
        ValueError: the message names no phase, or no kind that is known.
    """
    phase = _PHASE_FROM_PROTO.get(message.phase)
    if phase is None:
        raise ValueError(f"event {message.event_id!r} has the unknown phase {message.phase}")
    identity = EventIdentity(
        device=message.identity.device, boot=message.identity.boot, sequence=message.identity.sequence
    )
    if message.kind == event_pb2.EVENT_KIND_HEALTH:
        told = {name: getattr(message, name) for name in _HEALTH_FIELDS}
        return HealthEvent(phase=phase, **told), identity, message.site
    if message.kind == event_pb2.EVENT_KIND_SUGGESTION:
        told = {name: getattr(message, name) for name in _SUGGESTION_FIELDS}
        return SuggestionEvent(phase=phase, **told), identity, message.site
    if message.kind != event_pb2.EVENT_KIND_ANOMALY:
        raise ValueError(f"event {message.event_id!r} has the unknown kind {message.kind}")
    evidence = _evidence_from_proto(message.evidence) if message.HasField("evidence") else None
    plain = {name: getattr(message, name) for name in _PLAIN_FIELDS}
    # A severity of tomorrow is better not known than the event not read.
    severity = _SEVERITY_FROM_PROTO.get(message.severity)
    return AnomalyEvent(phase=phase, evidence=evidence, severity=severity, **plain), identity, message.site


def _evidence_to_proto(evidence: Evidence) -> event_pb2.Evidence:
    heat_map = evidence.heat_map
    return event_pb2.Evidence(
        region=_region_to_proto(evidence.region),
        crop=_region_to_proto(evidence.crop),
        crop_jpeg=evidence.crop_jpeg,
        heat_map=event_pb2.HeatMap(width=heat_map.width, height=heat_map.height, cells=heat_map.cells),
        regions=map(_region_to_proto, evidence.regions),
        clip=evidence.clip,
        clip_type=evidence.clip_type,
    )


def _evidence_from_proto(message: event_pb2.Evidence) -> Evidence:
    heat_map = message.heat_map
    return Evidence(
        region=_region_from_proto(message.region),
        crop=_region_from_proto(message.crop),
        crop_jpeg=message.crop_jpeg,
        heat_map=HeatMap(width=heat_map.width, height=heat_map.height, cells=heat_map.cells),
        regions=tuple(map(_region_from_proto, message.regions)),
        clip=message.clip,
        clip_type=message.clip_type,
    )


def _region_to_proto(region: Region) -> event_pb2.Region:
    return event_pb2.Region(x=region.x, y=region.y, width=region.width, height=region.height)


def _region_from_proto(message: event_pb2.Region) -> Region:
    return Region(x=message.x, y=message.y, width=message.width, height=message.height)
