"""What a device says about itself on its retained status topic."""

from dataclasses import dataclass
from enum import StrEnum

from linewatch.protos import fleet_pb2


class Golden(StrEnum):
    """How the golden check of the serving bundle went."""

    UNKNOWN = "unknown"
    PASSED = "passed"
    FAILED = "failed"


_GOLDEN_TO_PROTO = {
    Golden.UNKNOWN: fleet_pb2.GOLDEN_RESULT_UNSPECIFIED,
    Golden.PASSED: fleet_pb2.GOLDEN_RESULT_PASSED,
    Golden.FAILED: fleet_pb2.GOLDEN_RESULT_FAILED,
}
_GOLDEN_FROM_PROTO = {number: golden for golden, number in _GOLDEN_TO_PROTO.items()}

_PLAIN_FIELDS = (
    "site",
    "device",
    "boot",
    "online",
    "agent_version",
    "time_unix_ns",
    "bundle_digest",
    "bundle_name",
    "bundle_release",
    "events_spooled",
    "update_refusal",
    "local_trouble",
)
_CAMERA_FIELDS = (
    "camera",
    "alive",
    "frames_captured",
    "frames_scored",
    "frames_skipped",
    "frames_per_second",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CameraHealth:
    """How one camera does; frames are counted since the agent started."""

    camera: str
    alive: bool
    frames_captured: int = 0
    frames_scored: int = 0
    frames_skipped: int = 0
    frames_per_second: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceStatus:
    """What runs where. The publisher fills in site, device, boot, online, time and `events_spooled` by itself."""

    site: str = ""
    device: str = ""
    boot: str = ""
    online: bool = False
    agent_version: str = ""
    time_unix_ns: int = 0
    bundle_digest: str = ""
    bundle_name: str = ""
    bundle_release: int = 0
    golden: Golden = Golden.UNKNOWN
    cameras: tuple[CameraHealth, ...] = ()
    events_spooled: int = 0
    update_refusal: str = ""
    local_changes: tuple[str, ...] = ()
    local_trouble: str = ""


def to_proto(status: DeviceStatus) -> fleet_pb2.DeviceStatus:
    """The message for `status`."""
    return fleet_pb2.DeviceStatus(
        golden=_GOLDEN_TO_PROTO[status.golden],
        local_changes=status.local_changes,
        cameras=[
            fleet_pb2.CameraHealth(**{name: getattr(camera, name) for name in _CAMERA_FIELDS})
            for camera in status.cameras
        ],
        **{name: getattr(status, name) for name in _PLAIN_FIELDS},
    )


def from_proto(message: fleet_pb2.DeviceStatus) -> DeviceStatus:
    """The status, as `to_proto` was given it; a golden result of a later version reads as unknown."""
    return DeviceStatus(
        golden=_GOLDEN_FROM_PROTO.get(message.golden, Golden.UNKNOWN),
        local_changes=tuple(message.local_changes),
        cameras=tuple(
            CameraHealth(**{name: getattr(camera, name) for name in _CAMERA_FIELDS}) for camera in message.cameras
        ),
        **{name: getattr(message, name) for name in _PLAIN_FIELDS},
    )
