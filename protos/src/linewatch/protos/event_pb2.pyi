from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EventPhase(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_PHASE_UNSPECIFIED: _ClassVar[EventPhase]
    EVENT_PHASE_OPENED: _ClassVar[EventPhase]
    EVENT_PHASE_UPDATED: _ClassVar[EventPhase]
    EVENT_PHASE_CLOSED: _ClassVar[EventPhase]

class EventKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_KIND_ANOMALY: _ClassVar[EventKind]
    EVENT_KIND_HEALTH: _ClassVar[EventKind]
    EVENT_KIND_GAP: _ClassVar[EventKind]
    EVENT_KIND_SUGGESTION: _ClassVar[EventKind]

class EventSeverity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_SEVERITY_UNSPECIFIED: _ClassVar[EventSeverity]
    EVENT_SEVERITY_LOW: _ClassVar[EventSeverity]
    EVENT_SEVERITY_MEDIUM: _ClassVar[EventSeverity]
    EVENT_SEVERITY_HIGH: _ClassVar[EventSeverity]
EVENT_PHASE_UNSPECIFIED: EventPhase
EVENT_PHASE_OPENED: EventPhase
EVENT_PHASE_UPDATED: EventPhase
EVENT_PHASE_CLOSED: EventPhase
EVENT_KIND_ANOMALY: EventKind
EVENT_KIND_HEALTH: EventKind
EVENT_KIND_GAP: EventKind
EVENT_KIND_SUGGESTION: EventKind
EVENT_SEVERITY_UNSPECIFIED: EventSeverity
EVENT_SEVERITY_LOW: EventSeverity
EVENT_SEVERITY_MEDIUM: EventSeverity
EVENT_SEVERITY_HIGH: EventSeverity

class EventIdentity(_message.Message):
    __slots__ = ("device", "boot", "sequence")
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    BOOT_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    device: str
    boot: str
    sequence: int
    def __init__(self, device: _Optional[str] = ..., boot: _Optional[str] = ..., sequence: _Optional[int] = ...) -> None: ...

class Region(_message.Message):
    __slots__ = ("x", "y", "width", "height")
    X_FIELD_NUMBER: _ClassVar[int]
    Y_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    x: int
    y: int
    width: int
    height: int
    def __init__(self, x: _Optional[int] = ..., y: _Optional[int] = ..., width: _Optional[int] = ..., height: _Optional[int] = ...) -> None: ...

class HeatMap(_message.Message):
    __slots__ = ("width", "height", "cells")
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    CELLS_FIELD_NUMBER: _ClassVar[int]
    width: int
    height: int
    cells: bytes
    def __init__(self, width: _Optional[int] = ..., height: _Optional[int] = ..., cells: _Optional[bytes] = ...) -> None: ...

class Evidence(_message.Message):
    __slots__ = ("region", "crop", "crop_jpeg", "heat_map", "regions", "clip", "clip_type")
    REGION_FIELD_NUMBER: _ClassVar[int]
    CROP_FIELD_NUMBER: _ClassVar[int]
    CROP_JPEG_FIELD_NUMBER: _ClassVar[int]
    HEAT_MAP_FIELD_NUMBER: _ClassVar[int]
    REGIONS_FIELD_NUMBER: _ClassVar[int]
    CLIP_FIELD_NUMBER: _ClassVar[int]
    CLIP_TYPE_FIELD_NUMBER: _ClassVar[int]
    region: Region
    crop: Region
    crop_jpeg: bytes
    heat_map: HeatMap
    regions: _containers.RepeatedCompositeFieldContainer[Region]
    clip: bytes
    clip_type: str
    def __init__(self, region: _Optional[_Union[Region, _Mapping]] = ..., crop: _Optional[_Union[Region, _Mapping]] = ..., crop_jpeg: _Optional[bytes] = ..., heat_map: _Optional[_Union[HeatMap, _Mapping]] = ..., regions: _Optional[_Iterable[_Union[Region, _Mapping]]] = ..., clip: _Optional[bytes] = ..., clip_type: _Optional[str] = ...) -> None: ...

class Missing(_message.Message):
    __slots__ = ("boot", "ranges")
    BOOT_FIELD_NUMBER: _ClassVar[int]
    RANGES_FIELD_NUMBER: _ClassVar[int]
    boot: str
    ranges: _containers.RepeatedCompositeFieldContainer[SequenceRange]
    def __init__(self, boot: _Optional[str] = ..., ranges: _Optional[_Iterable[_Union[SequenceRange, _Mapping]]] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("identity", "site", "camera", "event_id", "phase", "time_unix_ns", "first_frame", "last_frame", "peak_frame", "peak_score", "threshold", "frames_anomalous", "frame_width", "frame_height", "bundle_digest", "defect_class", "evidence", "kind", "reason", "severity", "part", "missing", "overlay")
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    TIME_UNIX_NS_FIELD_NUMBER: _ClassVar[int]
    FIRST_FRAME_FIELD_NUMBER: _ClassVar[int]
    LAST_FRAME_FIELD_NUMBER: _ClassVar[int]
    PEAK_FRAME_FIELD_NUMBER: _ClassVar[int]
    PEAK_SCORE_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    FRAMES_ANOMALOUS_FIELD_NUMBER: _ClassVar[int]
    FRAME_WIDTH_FIELD_NUMBER: _ClassVar[int]
    FRAME_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    DEFECT_CLASS_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    OVERLAY_FIELD_NUMBER: _ClassVar[int]
    identity: EventIdentity
    site: str
    camera: str
    event_id: str
    phase: EventPhase
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
    evidence: Evidence
    kind: EventKind
    reason: str
    severity: EventSeverity
    part: int
    missing: _containers.RepeatedCompositeFieldContainer[Missing]
    overlay: bytes
    def __init__(self, identity: _Optional[_Union[EventIdentity, _Mapping]] = ..., site: _Optional[str] = ..., camera: _Optional[str] = ..., event_id: _Optional[str] = ..., phase: _Optional[_Union[EventPhase, str]] = ..., time_unix_ns: _Optional[int] = ..., first_frame: _Optional[int] = ..., last_frame: _Optional[int] = ..., peak_frame: _Optional[int] = ..., peak_score: _Optional[float] = ..., threshold: _Optional[float] = ..., frames_anomalous: _Optional[int] = ..., frame_width: _Optional[int] = ..., frame_height: _Optional[int] = ..., bundle_digest: _Optional[str] = ..., defect_class: _Optional[str] = ..., evidence: _Optional[_Union[Evidence, _Mapping]] = ..., kind: _Optional[_Union[EventKind, str]] = ..., reason: _Optional[str] = ..., severity: _Optional[_Union[EventSeverity, str]] = ..., part: _Optional[int] = ..., missing: _Optional[_Iterable[_Union[Missing, _Mapping]]] = ..., overlay: _Optional[bytes] = ...) -> None: ...

class SequenceRange(_message.Message):
    __slots__ = ("first", "last")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    first: int
    last: int
    def __init__(self, first: _Optional[int] = ..., last: _Optional[int] = ...) -> None: ...

class EventAck(_message.Message):
    __slots__ = ("device", "boot", "committed")
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    BOOT_FIELD_NUMBER: _ClassVar[int]
    COMMITTED_FIELD_NUMBER: _ClassVar[int]
    device: str
    boot: str
    committed: _containers.RepeatedCompositeFieldContainer[SequenceRange]
    def __init__(self, device: _Optional[str] = ..., boot: _Optional[str] = ..., committed: _Optional[_Iterable[_Union[SequenceRange, _Mapping]]] = ...) -> None: ...
