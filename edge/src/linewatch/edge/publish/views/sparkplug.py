"""The device as an edge node of Sparkplug B, its cameras as the node's devices (Eclipse Sparkplug Specification 3.0.0).

The site is the group. Births name every metric with its type and value; data messages carry those that changed.
"""

import time
from collections.abc import Callable, Mapping
from typing import TypeAlias

from google.protobuf.message import DecodeError

from linewatch.edge.publish.status import CameraHealth, DeviceStatus
from linewatch.edge.publish.views.camera_state import CameraStates
from linewatch.edge.publish.views.view import Saying
from linewatch.protos import event_pb2
from linewatch.protos.sparkplug_pb2 import Payload

_NAME = "sparkplug-b"
_SEQUENCES = 256
_REBIRTH = "Node Control/Rebirth"
_INT64, _UINT64, _DOUBLE, _BOOLEAN, _STRING = 4, 8, 10, 11, 12

Value: TypeAlias = bool | int | float | str
Metrics: TypeAlias = Mapping[str, Value]


class SparkplugView:
    """One life on one connection: `will` begins it, `born` tells of it."""

    def __init__(self, site: str, device: str, next_bd_seq: Callable[[], int]) -> None:
        """Begin; `next_bd_seq` gives the number of the next connection, 0 to 255 and around."""
        self.name = _NAME
        self.replays = False
        self._group, self._node = site, device
        self.listens = f"spBv1.0/{site}/NCMD/{device}"
        self.parts_with_will = True  # payloads-ndeath-will-message-publisher-disconnect-mqtt50
        self._next_bd_seq = next_bd_seq
        self._bd_seq = 0
        self._seq = 0
        self._states = CameraStates()
        self._frames: dict[str, CameraHealth] = {}
        self._said_node: Metrics = {}
        self._said: dict[str, Metrics] = {}

    def will(self) -> Saying:
        """The death of the node; each call is for a new connection."""
        self._bd_seq = self._next_bd_seq()
        return self._death()

    def born(self, status: DeviceStatus) -> list[Saying]:
        """The birth of the node, then of each camera that delivers."""
        self._take(status)
        self._seq = 0
        self._said.clear()
        self._said_node = _node_metrics(status)
        payload = _birth({_REBIRTH: False, **self._said_node})
        payload.metrics.append(_metric("bdSeq", self._bd_seq, _INT64))
        return [self._say("NBIRTH", payload), *self._cameras()]

    def event(self, event: event_pb2.Event) -> list[Saying]:
        """What changed at its camera; a bad part switches on and off again."""
        if not self._states.take_event(event):
            return []
        changes = self._cameras()
        return [*changes, *self._cameras()] if self._states.pass_parts() else changes

    def status(self, status: DeviceStatus) -> list[Saying]:
        """What changed at the node and at its cameras."""
        self._take(status)
        metrics = _node_metrics(status)
        changed = _changed(self._said_node, metrics)
        self._said_node = metrics
        node = [self._say("NDATA", _data(changed))] if changed else []
        return [*node, *self._cameras()]

    def heard(self, payload: bytes, status: DeviceStatus) -> list[Saying]:
        """Is born again when told to; other commands do nothing."""
        try:
            command = Payload.FromString(payload)
        except DecodeError:
            return []
        wanted = any(metric.name == _REBIRTH and metric.boolean_value for metric in command.metrics)
        return self.born(status) if wanted else []

    def farewell(self) -> list[Saying]:
        """The death of the node, which the broker does not say for one that leaves."""
        return [self._death()]

    def _take(self, status: DeviceStatus) -> None:
        self._states.take_status(status)
        self._frames = {camera.camera: camera for camera in status.cameras}

    def _cameras(self) -> list[Saying]:
        """Births, data and deaths, as far as something changed."""
        sayings = [self._say("DDEATH", _data({}), camera) for camera in self._dead()]
        for camera, state in self._states.cameras.items():
            if state.delivers:
                sayings += self._data(camera, self._camera_metrics(camera))
        return sayings

    def _dead(self) -> list[str]:
        cameras = self._states.cameras
        dead = [camera for camera in self._said if camera not in cameras or not cameras[camera].delivers]
        for camera in dead:
            del self._said[camera]
        return dead

    def _data(self, camera: str, metrics: Metrics) -> list[Saying]:
        before = self._said.get(camera)
        self._said[camera] = metrics
        if before is None:
            return [self._say("DBIRTH", _birth(metrics), camera)]
        changed = _changed(before, metrics)
        return [self._say("DDATA", _data(changed), camera)] if changed else []

    def _camera_metrics(self, camera: str) -> Metrics:
        state, frames = self._states.cameras[camera], self._frames.get(camera, CameraHealth(camera=camera, alive=True))
        return {
            "Anomaly": state.anomalous,
            "Score": state.score,
            "Threshold": state.threshold,
            "Defect Class": state.defect_class,
            "Severity": state.severity,
            "Frames/Captured": frames.frames_captured,
            "Frames/Judged": frames.frames_scored,
            "Frames/Skipped": frames.frames_skipped,
            "Frames/Per Second": frames.frames_per_second,
        }

    def _death(self) -> Saying:
        payload = Payload(timestamp=_now_ms())
        payload.metrics.append(_metric("bdSeq", self._bd_seq, _INT64))
        return Saying(topic=self._topic("NDEATH"), payload=payload.SerializeToString())

    def _say(self, kind: str, payload: Payload, camera: str = "") -> Saying:
        payload.seq = self._seq
        self._seq = (self._seq + 1) % _SEQUENCES
        return Saying(topic=self._topic(kind, camera), payload=payload.SerializeToString(), qos=0)

    def _topic(self, kind: str, camera: str = "") -> str:
        levels = ["spBv1.0", self._group, kind, self._node, *([camera] if camera else [])]
        return "/".join(levels)


def _node_metrics(status: DeviceStatus) -> Metrics:
    return {
        "Properties/Agent Version": status.agent_version,
        "Bundle/Name": status.bundle_name,
        "Bundle/Release": status.bundle_release,
        "Bundle/Digest": status.bundle_digest,
    }


def _changed(before: Metrics, after: Metrics) -> Metrics:
    return {name: value for name, value in after.items() if before.get(name) != value}


def _birth(metrics: Metrics) -> Payload:
    return Payload(timestamp=_now_ms(), metrics=[_metric(name, value) for name, value in metrics.items()])


def _data(metrics: Metrics) -> Payload:
    """Without types, which the birth has told."""
    payload = _birth(metrics)
    for metric in payload.metrics:
        metric.ClearField("datatype")
    return payload


def _metric(name: str, value: Value, datatype: int = 0) -> Payload.Metric:
    metric = Payload.Metric(name=name, timestamp=_now_ms())
    if isinstance(value, bool):
        metric.datatype, metric.boolean_value = _BOOLEAN, value
    elif isinstance(value, int):
        metric.datatype, metric.long_value = datatype or _UINT64, value
    elif isinstance(value, float):
        metric.datatype, metric.double_value = _DOUBLE, value
    else:
        metric.datatype, metric.string_value = _STRING, value
    return metric


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
