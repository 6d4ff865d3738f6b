import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.decide.event import (
    AnomalyEvent,
    Event,
    EventIdentity,
    Evidence,
    HealthEvent,
    HeatMap,
    Phase,
    Region,
    Severity,
    SuggestionEvent,
)
from linewatch.edge.decide.proto import from_proto, to_proto
from linewatch.protos import event_pb2

_unsigned = st.integers(0, 2**32 - 1)
_long = st.integers(0, 2**63 - 1)
_regions = st.builds(Region, x=_unsigned, y=_unsigned, width=_unsigned, height=_unsigned)
_evidence = st.builds(
    Evidence,
    region=_regions,
    crop=_regions,
    crop_jpeg=st.binary(max_size=64),
    heat_map=st.builds(HeatMap, width=_unsigned, height=_unsigned, cells=st.binary(max_size=64)),
    regions=st.lists(_regions, max_size=3).map(tuple),
    clip=st.binary(max_size=64),
    clip_type=st.sampled_from(["", "video/mp4"]),
)
_events = st.builds(
    AnomalyEvent,
    camera=st.text(max_size=8),
    event_id=st.text(max_size=32),
    phase=st.sampled_from(Phase),
    time_unix_ns=_long,
    first_frame=_long,
    last_frame=_long,
    peak_frame=_long,
    peak_score=st.floats(allow_nan=False),
    threshold=st.floats(allow_nan=False),
    frames_anomalous=_long,
    frame_width=_unsigned,
    frame_height=_unsigned,
    bundle_digest=st.text(max_size=64),
    defect_class=st.text(max_size=8),
    severity=st.none() | st.sampled_from(Severity),
    part=_long,
    evidence=st.none() | _evidence,
)
_health = st.builds(
    HealthEvent,
    camera=st.text(max_size=8),
    event_id=st.text(max_size=32),
    phase=st.sampled_from(Phase),
    time_unix_ns=_long,
    reason=st.text(max_size=32),
)
_suggestions = st.builds(
    SuggestionEvent,
    event_id=st.text(max_size=32),
    time_unix_ns=_long,
    reason=st.text(max_size=32),
    overlay=st.binary(max_size=64),
)
_identities = st.builds(EventIdentity, device=st.text(max_size=8), boot=st.text(max_size=32), sequence=_long)


@given(_events | _health | _suggestions, _identities, st.text(max_size=8))
def test_an_event_survives_the_wire(event: Event, identity: EventIdentity, site: str) -> None:
    wire = to_proto(event, identity, site).SerializeToString()
    assert from_proto(event_pb2.Event.FromString(wire)) == (event, identity, site)


def test_every_field_of_the_message_is_filled() -> None:
    region = Region(x=1, y=2, width=3, height=4)
    evidence = Evidence(region=region, crop=region, crop_jpeg=b"j", heat_map=HeatMap(width=1, height=1, cells=b"\1"))
    event = AnomalyEvent(
        camera="c",
        event_id="e",
        phase=Phase.UPDATED,
        time_unix_ns=1,
        first_frame=1,
        last_frame=1,
        peak_frame=1,
        peak_score=1.0,
        threshold=1.0,
        frames_anomalous=1,
        frame_width=1,
        frame_height=1,
        bundle_digest="d",
        defect_class="x",
        severity=Severity.HIGH,
        part=4711,
        evidence=evidence,
    )
    health = HealthEvent(camera="c", event_id="e", phase=Phase.OPENED, time_unix_ns=1, reason="r")
    suggestion = SuggestionEvent(event_id="e", time_unix_ns=1, reason="r", overlay=b"o")
    identity = EventIdentity(device="d", boot="b", sequence=1)
    filled = {
        field.name for one in (event, health, suggestion) for field, _ in to_proto(one, identity, "s").ListFields()
    }
    assert filled == {field.name for field in event_pb2.Event.DESCRIPTOR.fields} - {"missing"}


def test_a_message_without_a_phase_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown phase"):
        from_proto(event_pb2.Event(event_id="e"))
    of_tomorrow = event_pb2.Event(event_id="e", phase=event_pb2.EVENT_PHASE_OPENED)
    of_tomorrow.MergeFromString(b"\x90\x01\x63")
    with pytest.raises(ValueError, match="unknown kind 99"):
        from_proto(of_tomorrow)
