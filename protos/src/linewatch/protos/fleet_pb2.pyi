from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GoldenResult(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GOLDEN_RESULT_UNSPECIFIED: _ClassVar[GoldenResult]
    GOLDEN_RESULT_PASSED: _ClassVar[GoldenResult]
    GOLDEN_RESULT_FAILED: _ClassVar[GoldenResult]
GOLDEN_RESULT_UNSPECIFIED: GoldenResult
GOLDEN_RESULT_PASSED: GoldenResult
GOLDEN_RESULT_FAILED: GoldenResult

class EnrolRequest(_message.Message):
    __slots__ = ("token", "site", "device", "certificate_request")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_REQUEST_FIELD_NUMBER: _ClassVar[int]
    token: str
    site: str
    device: str
    certificate_request: bytes
    def __init__(self, token: _Optional[str] = ..., site: _Optional[str] = ..., device: _Optional[str] = ..., certificate_request: _Optional[bytes] = ...) -> None: ...

class EnrolReply(_message.Message):
    __slots__ = ("certificate", "trusted_root")
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    TRUSTED_ROOT_FIELD_NUMBER: _ClassVar[int]
    certificate: bytes
    trusted_root: bytes
    def __init__(self, certificate: _Optional[bytes] = ..., trusted_root: _Optional[bytes] = ...) -> None: ...

class CameraHealth(_message.Message):
    __slots__ = ("camera", "alive", "frames_captured", "frames_scored", "frames_skipped", "frames_per_second")
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    ALIVE_FIELD_NUMBER: _ClassVar[int]
    FRAMES_CAPTURED_FIELD_NUMBER: _ClassVar[int]
    FRAMES_SCORED_FIELD_NUMBER: _ClassVar[int]
    FRAMES_SKIPPED_FIELD_NUMBER: _ClassVar[int]
    FRAMES_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    camera: str
    alive: bool
    frames_captured: int
    frames_scored: int
    frames_skipped: int
    frames_per_second: float
    def __init__(self, camera: _Optional[str] = ..., alive: _Optional[bool] = ..., frames_captured: _Optional[int] = ..., frames_scored: _Optional[int] = ..., frames_skipped: _Optional[int] = ..., frames_per_second: _Optional[float] = ...) -> None: ...

class DeviceStatus(_message.Message):
    __slots__ = ("site", "device", "boot", "online", "agent_version", "time_unix_ns", "bundle_digest", "bundle_name", "bundle_release", "golden", "cameras", "events_spooled", "update_refusal", "local_changes", "local_trouble")
    SITE_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    BOOT_FIELD_NUMBER: _ClassVar[int]
    ONLINE_FIELD_NUMBER: _ClassVar[int]
    AGENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    TIME_UNIX_NS_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_NAME_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_RELEASE_FIELD_NUMBER: _ClassVar[int]
    GOLDEN_FIELD_NUMBER: _ClassVar[int]
    CAMERAS_FIELD_NUMBER: _ClassVar[int]
    EVENTS_SPOOLED_FIELD_NUMBER: _ClassVar[int]
    UPDATE_REFUSAL_FIELD_NUMBER: _ClassVar[int]
    LOCAL_CHANGES_FIELD_NUMBER: _ClassVar[int]
    LOCAL_TROUBLE_FIELD_NUMBER: _ClassVar[int]
    site: str
    device: str
    boot: str
    online: bool
    agent_version: str
    time_unix_ns: int
    bundle_digest: str
    bundle_name: str
    bundle_release: int
    golden: GoldenResult
    cameras: _containers.RepeatedCompositeFieldContainer[CameraHealth]
    events_spooled: int
    update_refusal: str
    local_changes: _containers.RepeatedScalarFieldContainer[str]
    local_trouble: str
    def __init__(self, site: _Optional[str] = ..., device: _Optional[str] = ..., boot: _Optional[str] = ..., online: _Optional[bool] = ..., agent_version: _Optional[str] = ..., time_unix_ns: _Optional[int] = ..., bundle_digest: _Optional[str] = ..., bundle_name: _Optional[str] = ..., bundle_release: _Optional[int] = ..., golden: _Optional[_Union[GoldenResult, str]] = ..., cameras: _Optional[_Iterable[_Union[CameraHealth, _Mapping]]] = ..., events_spooled: _Optional[int] = ..., update_refusal: _Optional[str] = ..., local_changes: _Optional[_Iterable[str]] = ..., local_trouble: _Optional[str] = ...) -> None: ...

class Assignment(_message.Message):
    __slots__ = ("bundle_name", "release", "bundle_digest")
    BUNDLE_NAME_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    bundle_name: str
    release: int
    bundle_digest: str
    def __init__(self, bundle_name: _Optional[str] = ..., release: _Optional[int] = ..., bundle_digest: _Optional[str] = ...) -> None: ...
