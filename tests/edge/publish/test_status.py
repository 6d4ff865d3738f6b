"""The status survives the boundary to protobuf."""

from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.publish.status import CameraHealth, DeviceStatus, Golden, from_proto, to_proto
from linewatch.protos import fleet_pb2

_counts = st.integers(0, 2**64 - 1)
_texts = st.text(st.characters(codec="utf-8"), max_size=8)
_cameras = st.builds(
    CameraHealth,
    camera=_texts,
    alive=st.booleans(),
    frames_captured=_counts,
    frames_scored=_counts,
    frames_skipped=_counts,
    frames_per_second=st.floats(allow_nan=False),
)
_statuses = st.builds(
    DeviceStatus,
    site=_texts,
    device=_texts,
    boot=_texts,
    online=st.booleans(),
    agent_version=_texts,
    time_unix_ns=st.integers(-(2**63), 2**63 - 1),
    bundle_digest=_texts,
    bundle_name=_texts,
    bundle_release=_counts,
    golden=st.sampled_from(Golden),
    cameras=st.lists(_cameras, max_size=3).map(tuple),
    events_spooled=_counts,
    update_refusal=_texts,
    local_changes=st.lists(_texts, max_size=3).map(tuple),
    local_trouble=_texts,
)


@given(_statuses)
def test_from_proto_undoes_to_proto_over_the_wire(status: DeviceStatus) -> None:
    assert from_proto(fleet_pb2.DeviceStatus.FromString(to_proto(status).SerializeToString())) == status


def test_every_field_of_the_contract_is_covered() -> None:
    assert set(fleet_pb2.DeviceStatus.DESCRIPTOR.fields_by_name) == set(DeviceStatus.__dataclass_fields__)
    assert set(fleet_pb2.CameraHealth.DESCRIPTOR.fields_by_name) == set(CameraHealth.__dataclass_fields__)
