"""CloudEvents attributes: complete and unique."""

from linewatch.edge.decide.event import EventIdentity
from linewatch.edge.decide.proto import to_proto
from linewatch.edge.publish.cloudevents import attributes
from linewatch.edge.spool.simulated import simulated_event
from linewatch.protos import event_pb2


def test_required_attributes_are_there() -> None:
    identity = EventIdentity(device="box", boot="ab" * 16, sequence=7)
    found = dict(attributes(to_proto(simulated_event(1), identity, "plant")))
    assert found == {
        "specversion": "1.0",
        "type": "linewatch.v1.event.updated",
        "source": "/linewatch/v1/plant/box",
        "id": f"{'ab' * 16}-7",
        "time": "2023-11-14T22:13:20.005000000Z",
        "subject": "camera-0",
    }


def test_a_phase_of_a_later_version_is_no_fault() -> None:
    assert dict(attributes(event_pb2.Event(phase=9)))["type"] == "linewatch.v1.event.unknown"  # type: ignore[arg-type]


def test_what_is_about_the_device_has_no_subject() -> None:
    """The specification allows none that is empty."""
    event = event_pb2.Event(kind=event_pb2.EVENT_KIND_HEALTH, phase=event_pb2.EVENT_PHASE_OPENED)
    assert "subject" not in dict(attributes(event))
