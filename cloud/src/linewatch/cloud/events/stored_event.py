"""An event as the store gives it out."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from linewatch.protos import event_pb2

Phase = Literal["opened", "updated", "closed"]
Kind = Literal["anomaly", "health", "gap", "suggestion"]
Severity = Literal["", "low", "medium", "high"]


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
    """What a person needs to see: the anomalous regions, a JPEG of the frame inside `crop`, and the heat map.

    `region` is the first and strongest of `regions`; `clip` is a short film of the type `clip_type`, or empty.
    """

    region: Region
    crop: Region
    crop_jpeg: bytes
    heat_map: HeatMap
    regions: tuple[Region, ...] = ()
    clip: bytes = b""
    clip_type: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredEvent:
    """One transition of one event; `position` orders rows by their arrival, the rest is as the device said it."""

    position: int
    received_unix_ns: int
    device: str
    boot: str
    sequence: int
    site: str
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
    defect_class: str
    kind: Kind = "anomaly"
    reason: str = ""
    severity: Severity = ""
    part: int = 0
    evidence: Evidence | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values; of the evidence where it is and how large, not the pictures themselves."""
        plain = asdict(self)
        if self.evidence is not None:
            plain["evidence"]["crop_jpeg"] = f"{len(self.evidence.crop_jpeg)} bytes"
            plain["evidence"]["clip"] = f"{len(self.evidence.clip)} bytes"
            plain["evidence"]["heat_map"]["cells"] = f"{len(self.evidence.heat_map.cells)} bytes"
        return plain


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """Sequence numbers that are known to have been given out and that are not stored, both inclusive.

    `told`: the device has said that it gave them up. Otherwise a later message of the same boot proves them missing,
    and nobody has said why.
    """

    device: str
    boot: str
    first: int
    last: int
    told: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class QuarantinedMessage:
    """A message that was refused, and why."""

    position: int
    received_unix_ns: int
    topic: str
    reason: str
    payload: bytes


def event_from_row(row: Mapping[str, Any]) -> StoredEvent:
    """The event of a row; with its evidence where the row holds the payload."""
    plain = dict(row)
    payload = plain.pop("payload", None)
    return StoredEvent(**plain, evidence=None if payload is None else _evidence(payload))


def _evidence(payload: bytes) -> Evidence | None:
    message = event_pb2.Event.FromString(payload)
    if not message.HasField("evidence"):
        return None
    evidence = message.evidence
    heat_map = evidence.heat_map
    return Evidence(
        region=_region(evidence.region),
        crop=_region(evidence.crop),
        crop_jpeg=evidence.crop_jpeg,
        heat_map=HeatMap(width=heat_map.width, height=heat_map.height, cells=heat_map.cells),
        regions=tuple(map(_region, evidence.regions)),
        clip=evidence.clip,
        clip_type=evidence.clip_type,
    )


def _region(message: event_pb2.Region) -> Region:
    return Region(x=message.x, y=message.y, width=message.width, height=message.height)
