"""Each camera as a device of Home Assistant, found by its MQTT discovery.

Topics and keys are those of https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery: a retained configuration
for each entity under `homeassistant/{component}/{node}/{object}/config`, which an empty one takes away again.
"""

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

from linewatch.edge.publish.status import DeviceStatus
from linewatch.edge.publish.views.camera_state import CameraState, CameraStates
from linewatch.edge.publish.views.view import Saying
from linewatch.protos import event_pb2
from linewatch.protos.topics import view_topic

_NAME = "home-assistant"
_PREFIX = "homeassistant"
_MAKER = "Linewatch"


class _Entity(NamedTuple):
    key: str
    component: str
    name: str
    more: dict[str, str]


_ENTITIES = (
    _Entity("anomaly", "binary_sensor", "Anomaly", {"device_class": "problem"}),
    _Entity("score", "sensor", "Last score", {"state_class": "measurement"}),
    _Entity("defect_class", "sensor", "Last class", {}),
    _Entity("severity", "sensor", "Last severity", {}),
    _Entity("last_event", "sensor", "Last event", {"device_class": "timestamp"}),
    _Entity("delivers", "binary_sensor", "Delivers", {"device_class": "connectivity", "entity_category": "diagnostic"}),
)


class HomeAssistantView:
    """Says how each camera is: retained, so that Home Assistant knows it after a restart of its own."""

    def __init__(self, site: str, device: str) -> None:
        self.name = _NAME
        self.replays = False
        self.listens = ""
        self.parts_with_will = False
        self._site, self._device = site, device
        self._node = f"linewatch_{slug(f'{site}/{device}')}"  # one name, for either may hold an underscore
        self._availability = view_topic(site, device, _NAME, "status")
        self._states = CameraStates()
        self._said: dict[str, bytes] = {}
        self._version = ""

    def will(self) -> Saying:
        """All entities become unavailable."""
        return Saying(topic=self._availability, payload=b"offline", retain=True)

    def born(self, status: DeviceStatus) -> list[Saying]:
        """Which entities there are, how they are, and that they can be had."""
        self._version = status.agent_version
        self._states.take_status(status)
        self._said.clear()
        entities = [self._config(camera, entity) for camera in self._states.cameras for entity in _ENTITIES]
        return [*entities, *self._changes(), Saying(topic=self._availability, payload=b"online", retain=True)]

    def event(self, event: event_pb2.Event) -> list[Saying]:
        """The new state of its camera; a bad part switches on and off again."""
        if not self._states.take_event(event):
            return []
        changes = self._changes()
        return [*changes, *self._changes()] if self._states.pass_parts() else changes

    def status(self, status: DeviceStatus) -> list[Saying]:
        """The states that have changed."""
        self._states.take_status(status)
        return self._changes()

    def heard(self, payload: bytes, status: DeviceStatus) -> list[Saying]:
        """It listens to nobody."""
        del payload, status
        return []

    def farewell(self) -> list[Saying]:
        """As the will."""
        return [self.will()]

    def _changes(self) -> list[Saying]:
        changed: list[Saying] = []
        for camera, state in self._states.cameras.items():
            payload = _encode(_plain(state))
            if self._said.get(camera) != payload:
                self._said[camera] = payload
                changed.append(Saying(topic=self._state_topic(camera), payload=payload, retain=True))
        return changed

    def _state_topic(self, camera: str) -> str:
        return view_topic(self._site, self._device, _NAME, "cameras", slug(camera))

    def _config(self, camera: str, entity: _Entity) -> Saying:
        place = f"{slug(camera)}_{entity.key}"
        config: dict[str, Any] = {
            "name": entity.name,
            "unique_id": f"{self._node}_{place}",
            "state_topic": self._state_topic(camera),
            "value_template": f"{{{{ value_json.{entity.key} }}}}",
            "availability": self._conditions(camera, entity),
            "availability_mode": "all",
            "device": self._described(camera),
            "origin": {"name": _MAKER, "sw_version": self._version},
            **entity.more,
        }
        topic = f"{_PREFIX}/{entity.component}/{self._node}/{place}/config"
        return Saying(topic=topic, payload=_encode(config), retain=True)

    def _conditions(self, camera: str, entity: _Entity) -> list[dict[str, str]]:
        """What a camera shows is unknown while it delivers nothing; whether it delivers is known then too."""
        conditions = [{"topic": self._availability}]
        if entity.key != "delivers":
            delivering = "{{ 'online' if value_json.delivers == 'ON' else 'offline' }}"
            conditions.append({"topic": self._state_topic(camera), "value_template": delivering})
        return conditions

    def _described(self, camera: str) -> dict[str, Any]:
        return {
            "identifiers": [f"{self._node}_{slug(camera)}"],
            "name": f"{self._device} {camera}",
            "manufacturer": _MAKER,
            "model": "Camera",
            "sw_version": self._version,
            "suggested_area": self._site,
        }


def slug(name: str) -> str:
    """`name` in the letters that Home Assistant allows in a topic; two names never become one."""
    plain = re.sub(r"[^A-Za-z0-9-]", "_", name)
    if plain == name:
        return name
    return f"{plain}_{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def _plain(state: CameraState) -> dict[str, Any]:
    """The state topic's content. Home Assistant passes over an empty text, and reads null as unknown."""
    moment = datetime.fromtimestamp(state.time_unix_ns / 1e9, UTC).isoformat() if state.time_unix_ns else None
    return {
        "anomaly": _on(state.anomalous),
        "score": round(state.score, 4) if moment else None,
        "defect_class": state.defect_class or None,
        "severity": state.severity or None,
        "last_event": moment,
        "delivers": _on(state.delivers),
    }


def _on(holds: bool) -> str:
    return "ON" if holds else "OFF"


def _encode(plain: dict[str, Any]) -> bytes:
    return json.dumps(plain, separators=(",", ":")).encode()
