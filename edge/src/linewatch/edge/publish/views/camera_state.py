"""What is known of a camera just now, for views that show states and not events."""

from collections import defaultdict
from dataclasses import dataclass, field

from linewatch.edge.publish.status import DeviceStatus
from linewatch.protos import event_pb2

SEVERITIES = {
    event_pb2.EVENT_SEVERITY_LOW: "low",
    event_pb2.EVENT_SEVERITY_MEDIUM: "medium",
    event_pb2.EVENT_SEVERITY_HIGH: "high",
}


@dataclass(slots=True)
class CameraState:
    """One camera. `score` to `time_unix_ns` are of its last event; `open_events` are those that go on."""

    delivers: bool = False
    score: float = 0.0
    threshold: float = 0.0
    defect_class: str = ""
    severity: str = ""
    time_unix_ns: int = 0
    bad_part: bool = False
    open_events: set[str] = field(default_factory=set)

    @property
    def anomalous(self) -> bool:
        """Whether an anomaly goes on, or a bad part has just passed."""
        return bool(self.open_events) or self.bad_part


class CameraStates:
    """All cameras of the device, by name."""

    def __init__(self) -> None:
        self.cameras: dict[str, CameraState] = defaultdict(CameraState)

    def take_status(self, status: DeviceStatus) -> None:
        """A status says which cameras there are and whether they deliver."""
        told = {camera.camera: camera.alive for camera in status.cameras}
        for name in self.cameras.keys() - told.keys():
            del self.cameras[name]
        for name, alive in told.items():
            self.cameras[name].delivers = alive

    def pass_parts(self) -> bool:
        """A bad part is news for a moment, for nobody tells of the good one after it; whether there was one."""
        bad = [state for state in self.cameras.values() if state.bad_part]
        for state in bad:
            state.bad_part = False
        return bool(bad)

    def take_event(self, event: event_pb2.Event) -> bool:
        """Take over what an event says; whether it is about a camera."""
        if not event.camera:
            return False
        if event.kind == event_pb2.EVENT_KIND_HEALTH:
            self.cameras[event.camera].delivers = event.phase == event_pb2.EVENT_PHASE_CLOSED
            return True
        if event.kind != event_pb2.EVENT_KIND_ANOMALY:
            return False
        state = self.cameras[event.camera]
        state.score, state.threshold = event.peak_score, event.threshold
        state.defect_class, state.severity = event.defect_class, SEVERITIES.get(event.severity, "")
        state.time_unix_ns = event.time_unix_ns
        if event.part:
            state.bad_part = event.peak_score >= event.threshold
        elif event.phase == event_pb2.EVENT_PHASE_CLOSED:
            state.open_events.discard(event.event_id)
        else:
            state.open_events.add(event.event_id)
        return True
