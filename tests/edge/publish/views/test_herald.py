"""What a view does while there is no broker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from brokers import free_port, until
from linewatch.edge.publish.settings import PublishSettings
from linewatch.edge.publish.status import CameraHealth, DeviceStatus
from linewatch.edge.publish.views.herald import Herald
from linewatch.edge.publish.views.home_assistant import HomeAssistantView
from linewatch.edge.publish.views.json_view import JsonView
from linewatch.edge.publish.views.memory import Memory
from linewatch.edge.publish.views.view import View
from linewatch.protos import event_pb2

STATUS = DeviceStatus(cameras=(CameraHealth(camera="c", alive=True),))


def payload(event_id: str, phase: int) -> bytes:
    return event_pb2.Event(camera="c", event_id=event_id, phase=phase).SerializeToString()  # type: ignore[arg-type]


@pytest.fixture(params=["json", "home-assistant"])
def lonely(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Herald]:
    views: dict[str, View] = {"json": JsonView("plant", "box"), "home-assistant": HomeAssistantView("plant", "box")}
    settings = PublishSettings(port=free_port(), reconnect_min_seconds=600.0, reconnect_max_seconds=600.0)
    memory = Memory(tmp_path / "views.json")
    herald = Herald(views[request.param], settings, lambda: STATUS, memory, client_id="box")
    herald.start()
    yield herald
    herald.stop()


def test_a_view_of_states_follows_all_events_and_one_of_events_keeps_the_last_thousand(lonely: Herald) -> None:
    assert until(lambda: lonely.stats.last_error != "")
    for group in range(5):
        for number in range(500):
            lonely.tell(payload(f"{group} {number}", event_pb2.EVENT_PHASE_OPENED))
        if lonely.stats.view != "json":
            assert until(lambda: not lonely._events, 5.0)
    assert lonely.stats.dropped == (1500 if lonely.stats.view == "json" else 0)
