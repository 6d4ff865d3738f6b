"""Events and status as JSON: CloudEvents 1.0 in structured mode, and a retained status.

`event_data` is the schema that docs/edge.md describes: names as in event.proto, words for enumerations, base64 for
bytes. Fields may be added; none changes its meaning.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from linewatch.edge.publish.cloudevents import attributes
from linewatch.edge.publish.status import DeviceStatus
from linewatch.edge.publish.views.camera_state import SEVERITIES
from linewatch.edge.publish.views.view import Saying
from linewatch.protos import event_pb2
from linewatch.protos.topics import view_topic

_NAME = "json"
_PHASES = {
    event_pb2.EVENT_PHASE_OPENED: "opened",
    event_pb2.EVENT_PHASE_UPDATED: "updated",
    event_pb2.EVENT_PHASE_CLOSED: "closed",
}
_KINDS = {
    event_pb2.EVENT_KIND_ANOMALY: "anomaly",
    event_pb2.EVENT_KIND_HEALTH: "health",
    event_pb2.EVENT_KIND_GAP: "gap",
    event_pb2.EVENT_KIND_SUGGESTION: "suggestion",
}
_ABOUT_ANOMALIES = (
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


class JsonView:
    """Says every event, and the status whenever it is told."""

    def __init__(self, site: str, device: str) -> None:
        self.name = _NAME
        self.replays = True
        self.listens = ""
        self.parts_with_will = False
        self._events = view_topic(site, device, _NAME, "events")
        self._status = view_topic(site, device, _NAME, "status")
        self._place = {"site": site, "device": device}

    def will(self) -> Saying:
        """The status of a device that is away."""
        return self._tell_status({"online": False})

    def born(self, status: DeviceStatus) -> list[Saying]:
        """The status."""
        return self.status(status)

    def event(self, event: event_pb2.Event) -> list[Saying]:
        """One message for each."""
        envelope: dict[str, Any] = {name: value for name, value in attributes(event) if value}
        envelope |= {"datacontenttype": "application/json", "data": event_data(event)}
        return [Saying(topic=self._events, payload=_encode(envelope))]

    def status(self, status: DeviceStatus) -> list[Saying]:
        """The whole status, retained."""
        return [self._tell_status(asdict(status))]

    def heard(self, payload: bytes, status: DeviceStatus) -> list[Saying]:
        """It listens to nobody."""
        del payload, status
        return []

    def farewell(self) -> list[Saying]:
        """As the will."""
        return [self.will()]

    def _tell_status(self, plain: dict[str, Any]) -> Saying:
        return Saying(topic=self._status, payload=_encode(plain | self._place), retain=True)


def event_data(event: event_pb2.Event) -> dict[str, Any]:
    """The fields of an event; of those that only some kinds have, the ones of its kind."""
    identity = event.identity
    data: dict[str, Any] = {
        "site": event.site,
        "device": identity.device,
        "boot": identity.boot,
        "sequence": identity.sequence,
        "camera": event.camera,
        "event_id": event.event_id,
        "kind": _KINDS.get(event.kind, "unknown"),
        "phase": _PHASES.get(event.phase, "unknown"),
        "time_unix_ns": event.time_unix_ns,
    }
    return data | _MORE.get(event.kind, _of_health)(event)


def _of_anomaly(event: event_pb2.Event) -> dict[str, Any]:
    more: dict[str, Any] = {name: getattr(event, name) for name in _ABOUT_ANOMALIES}
    more["severity"] = SEVERITIES.get(event.severity, "")
    if event.HasField("evidence"):
        more["evidence"] = _evidence(event.evidence)
    return more


def _of_health(event: event_pb2.Event) -> dict[str, Any]:
    return {"reason": event.reason}


def _of_gap(event: event_pb2.Event) -> dict[str, Any]:
    missing = [
        {"boot": part.boot, "ranges": [[span.first, span.last] for span in part.ranges]} for part in event.missing
    ]
    return {"reason": event.reason, "missing": missing}


def _of_suggestion(event: event_pb2.Event) -> dict[str, Any]:
    return {"reason": event.reason, "overlay": _base64(event.overlay)}


_MORE: dict[int, Callable[[event_pb2.Event], dict[str, Any]]] = {
    event_pb2.EVENT_KIND_ANOMALY: _of_anomaly,
    event_pb2.EVENT_KIND_GAP: _of_gap,
    event_pb2.EVENT_KIND_SUGGESTION: _of_suggestion,
}


def _evidence(evidence: event_pb2.Evidence) -> dict[str, Any]:
    heat_map = evidence.heat_map
    plain: dict[str, Any] = {
        "region": _region(evidence.region),
        "regions": [_region(region) for region in evidence.regions],
        "crop": _region(evidence.crop),
        "crop_jpeg": _base64(evidence.crop_jpeg),
        "heat_map": {"width": heat_map.width, "height": heat_map.height, "cells": _base64(heat_map.cells)},
    }
    if evidence.clip:
        plain |= {"clip": _base64(evidence.clip), "clip_type": evidence.clip_type}
    return plain


def _region(region: event_pb2.Region) -> dict[str, int]:
    return {"x": region.x, "y": region.y, "width": region.width, "height": region.height}


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _encode(plain: dict[str, Any]) -> bytes:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
