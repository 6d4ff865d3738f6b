"""What the agent has to say about an anomaly or a camera: one transition of one event."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Phase(StrEnum):
    """Where in its life an event is."""

    OPENED = "opened"
    UPDATED = "updated"
    CLOSED = "closed"


class Severity(StrEnum):
    """How urgent an anomaly is, the least first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    def rank(self) -> int:
        """0 for the least."""
        return list(Severity).index(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class EventIdentity:
    """Where a message comes from; unique for all time. The spool gives it out.

    `boot` is random for each start of the agent (32 hexadecimal digits); `sequence` counts 1, 2, 3, ...
    within a boot, over all cameras.
    """

    device: str
    boot: str
    sequence: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """A rectangle in pixels of the frame."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, kw_only=True, slots=True)
class HeatMap:
    """A small anomaly map: row-major, one byte a cell; 0 is normal, 255 the largest value."""

    width: int
    height: int
    cells: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What a person needs to see of the peak frame.

    Attributes:
        region: the strongest anomalous region, which is the first of `regions`.
        crop: what `crop_jpeg` shows of the frame.
        regions: all anomalous regions, near ones as one, the strongest first.
        clip: a short film of the event; empty when there is none.
        clip_type: its media type.
    """

    region: Region
    crop: Region
    crop_jpeg: bytes
    heat_map: HeatMap
    regions: tuple[Region, ...] = ()
    clip: bytes = b""
    clip_type: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AnomalyEvent:
    """One transition of one event. Stands by itself: nothing else is needed to show it.

    Attributes:
        event_id: the same in opened, updated and closed (32 hexadecimal digits).
        time_unix_ns: wall clock of the frame that caused the transition; of the last reported, if it died.
        first_frame, last_frame, peak_frame: frame numbers of the camera, counted from 0.
        peak_score: score of the peak frame, in the unit of `threshold`.
        frames_anomalous: anomalous frames of this event so far.
        bundle_digest: SHA-256 hex of the bundle that judged the peak frame.
        defect_class: name of the defect; empty when the bundle cannot name it.
        severity: how urgent it is; only rises in the life of an event. None: an older agent, which did not say.
        part: number of the part that this is the verdict on; 0 for what happens in a scene.
        evidence: of the peak frame; None when the bundle gives no map.
    """

    camera: str
    event_id: str
    phase: Phase
    time_unix_ns: int
    first_frame: int
    last_frame: int
    peak_frame: int
    peak_score: float
    threshold: float
    frames_anomalous: int
    frame_width: int
    frame_height: int
    bundle_digest: str
    defect_class: str = ""
    severity: Severity | None = None
    part: int = 0
    evidence: Evidence | None = None


THE_DEVICE = ""
"""Stands where the name of a camera would."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HealthEvent:
    """One transition of one event about a camera itself: it delivers no frames, and then it does again.

    Or about the device: another runtime judges than the one that was asked for, and then that one does.

    Attributes:
        camera: name of the camera; `THE_DEVICE` for the device.
        event_id, time_unix_ns: as of an anomaly.
        reason: why, for people.
    """

    camera: str
    event_id: str
    phase: Phase
    time_unix_ns: int
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SuggestionEvent:
    """A change that an operator made on the device, or took back, offered to the cloud. It is closed at once.

    Attributes:
        event_id, time_unix_ns: as of an anomaly.
        reason: what was changed, for people.
        overlay: the change as the device signed it.
    """

    event_id: str
    time_unix_ns: int
    reason: str
    overlay: bytes
    camera: str = THE_DEVICE
    phase: Phase = Phase.CLOSED


Event: TypeAlias = AnomalyEvent | HealthEvent | SuggestionEvent
