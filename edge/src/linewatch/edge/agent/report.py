"""What the agent did so far, in numbers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Self

from linewatch.edge.decide.alarm_rate import AlarmReport
from linewatch.edge.decide.latency import Histogram
from linewatch.edge.decide.part import PartTally


@dataclass(frozen=True, kw_only=True)
class CameraReport:
    """One camera. Every captured frame is judged, waiting, or counted under a reason in `skipped`.

    `gave_up` says that it failed and is not opened again; `error` is why it failed last, `failures` how often.
    `fps` is judged frames per second between the first frame captured and the last one judged; `latency_p50_ms` and
    `latency_p99_ms` are milliseconds from capture to decision that half and 99 % of them did not exceed, and `latency`
    is the histogram of all these times.
    `frames_held_back` were anomalous while an event cooled down; `frames_taught_good` would be, had not an operator
    taught that what they show is good. `parts` is None where a scene is watched. `alarms` says how often it raises
    alarms, and whether that is more than was promised. `bytes_captured` is the length of the captured frames as pixels,
    `bytes_sent` about what its messages cost on the line to the cloud, topics and repetitions included; both since the
    agent started.
    """

    camera: str
    alive: bool
    gave_up: bool
    error: str
    failures: int
    frames_captured: int
    frames_judged: int
    frames_anomalous: int
    frames_held_back: int = 0
    frames_taught_good: int = 0
    frames_unreadable: int
    skipped: dict[str, int]
    frames_by_bundle: dict[str, int]
    events_opened: int
    events_updated: int
    events_closed: int
    seconds: float
    fps: float
    latency_p50_ms: float
    latency_p99_ms: float
    latency: Histogram = field(default_factory=Histogram)
    parts: PartTally | None = None
    alarms: AlarmReport = field(default_factory=AlarmReport)
    bytes_captured: int = 0
    bytes_sent: int = 0

    @property
    def frames_skipped(self) -> int:
        """Captured frames that were not judged."""
        return sum(self.skipped.values())


@dataclass(frozen=True, kw_only=True)
class AgentReport:
    """The agent as a whole. `fps` counts judged frames of all cameras between the first and the last.

    `events_lost` were given up, for they could not be kept; `events_held` wait in memory until they can, and `trouble`
    says why. `runtime` and `target` say what runs which graph of the bundle; both are empty while none serves.
    """

    bundle_digest: str
    bundle_name: str
    bundle_release: int
    cameras: tuple[CameraReport, ...]
    frames: int
    frames_skipped: int
    fps: float
    seconds: float
    events_opened: int
    events_updated: int
    events_closed: int
    events_recorded: int
    events_lost: int
    swaps: int
    runtime: str = ""
    target: str = ""
    events_held: int = 0
    trouble: str = ""

    @property
    def bytes_captured(self) -> int:
        """Of all cameras."""
        return sum(camera.bytes_captured for camera in self.cameras)

    @property
    def bytes_sent(self) -> int:
        """Of all cameras."""
        return sum(camera.bytes_sent for camera in self.cameras)

    def with_sent(self, by_camera: Mapping[str, int]) -> Self:
        """This report with the bytes that were sent for each camera, which the publisher knows."""
        cameras = tuple(replace(camera, bytes_sent=by_camera.get(camera.camera, 0)) for camera in self.cameras)
        return replace(self, cameras=cameras)

    def to_json(self) -> dict[str, object]:
        """Plain values for `--json`."""
        return asdict(self)
