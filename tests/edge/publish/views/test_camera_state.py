"""What a camera is just now follows from its events, in any order that a device says them."""

from linewatch.edge.publish.status import CameraHealth, DeviceStatus
from linewatch.edge.publish.views.camera_state import CameraStates
from linewatch.edge.publish.views.home_assistant import HomeAssistantView, slug
from linewatch.edge.publish.views.sparkplug import SparkplugView
from linewatch.protos import event_pb2
from linewatch.protos.sparkplug_pb2 import Payload


def part(number: int, score: float = 3.0) -> event_pb2.Event:
    return event_pb2.Event(
        camera="c",
        event_id=f"{number}",
        phase=event_pb2.EVENT_PHASE_CLOSED,
        part=number,
        peak_score=score,
        threshold=1.0,
    )


STATUS = DeviceStatus(cameras=(CameraHealth(camera="c", alive=True),))


def test_an_event_goes_on_until_all_of_its_camera_are_closed() -> None:
    states = CameraStates()
    for event_id, phase, expected in [
        ("a", event_pb2.EVENT_PHASE_OPENED, True),
        ("b", event_pb2.EVENT_PHASE_OPENED, True),
        ("a", event_pb2.EVENT_PHASE_UPDATED, True),
        ("a", event_pb2.EVENT_PHASE_CLOSED, True),
        ("b", event_pb2.EVENT_PHASE_CLOSED, False),
    ]:
        assert states.take_event(event_pb2.Event(camera="c", event_id=event_id, phase=phase))
        assert states.cameras["c"].anomalous is expected
    assert not states.take_event(event_pb2.Event(kind=event_pb2.EVENT_KIND_GAP))


def test_a_bad_part_is_on_for_a_moment_each_time() -> None:
    home = HomeAssistantView("plant", "box")
    home.born(STATUS)
    for number, score in ((1, 3.0), (2, 1.0)):  # at the threshold a part is bad
        on, off = (saying.payload for saying in home.event(part(number, score)))
        assert b'"anomaly":"ON"' in on
        assert b'"anomaly":"OFF"' in off
    sparkplug = SparkplugView("plant", "box", lambda: 0)
    sparkplug.born(STATUS)
    said = [Payload.FromString(saying.payload) for saying in sparkplug.event(part(1))]
    assert [payload.metrics[0].boolean_value for payload in said] == [True, False]


def test_slugs_of_different_names_differ() -> None:
    names = ["line-1", "line_1", "line.1", "line 1", "Zürich", "Zurich"]
    assert len({slug(name) for name in names}) == len(names)


def test_entities_of_different_devices_differ() -> None:
    places = [("a", "b_c"), ("a_b", "c"), ("a", "b c"), ("a b", "c")]
    topics = [{saying.topic for saying in HomeAssistantView(*place).born(STATUS)} for place in places]
    assert len(set().union(*topics)) == sum(map(len, topics))


def test_what_is_about_the_device_makes_no_camera() -> None:
    states = CameraStates()
    states.take_status(STATUS)
    told = event_pb2.Event(kind=event_pb2.EVENT_KIND_HEALTH, phase=event_pb2.EVENT_PHASE_OPENED, event_id="e")
    assert not states.take_event(told)
    assert list(states.cameras) == ["c"]
