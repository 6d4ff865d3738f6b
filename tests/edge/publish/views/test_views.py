"""Every view over a real broker, heard by a client that decodes what it says."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from brokers import BrokerProcess, until
from linewatch.edge.decide.event import AnomalyEvent, Evidence, HealthEvent, HeatMap, Phase, Region
from linewatch.edge.publish.settings import PublishSettings
from linewatch.edge.publish.status import CameraHealth, DeviceStatus
from linewatch.edge.publish.views.choose import start_views
from linewatch.edge.publish.views.herald import Herald
from linewatch.edge.publish.views.memory import Memory
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.spool import Spool
from linewatch.protos.sparkplug_pb2 import Payload

pytestmark = pytest.mark.mosquitto


class Listener:
    """Hears everything, and what is retained."""

    def __init__(self, port: int) -> None:
        self.heard: list[tuple[str, bytes, bool]] = []
        self._port = port
        self._ready = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="listener")
        self._client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload)

    def on(self, topic: str) -> list[bytes]:
        return [payload for place, payload, _ in list(self.heard) if place == topic]

    def last_json(self, topic: str) -> dict[str, Any]:
        said = self.on(topic)
        plain: dict[str, Any] = json.loads(said[-1]) if said and said[-1].startswith(b"{") else {}
        return plain

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload), message.retain))


@dataclass
class Device:
    """A spool whose events the views follow; it says what status it is told to."""

    port: int
    folder: Path
    status: DeviceStatus = field(
        default_factory=lambda: DeviceStatus(
            agent_version="1.0",
            bundle_name="parts",
            bundle_release=2,
            cameras=(
                CameraHealth(camera="line-1", alive=True, frames_scored=10),
                CameraHealth(camera="b.2", alive=False),
            ),
        )
    )
    also: tuple[str, ...] = ()
    heralds: list[Herald] = field(default_factory=list)
    restarts: int = 0

    def __enter__(self) -> Self:
        self.restarts += 1
        self.stack = ExitStack()
        opened = Spool(self.folder / "spool.db", SpoolSettings(), site="plant 1", device="box")
        self.spool = self.stack.enter_context(opened)
        settings = PublishSettings(
            port=self.port,
            also=self.also,  # type: ignore[arg-type]
            reconnect_min_seconds=0.05,
            reconnect_max_seconds=0.3,
            status_interval_seconds=60.0,
        )
        self.heralds = start_views(self.stack, self.spool, settings, lambda: self.status, self.folder / "views.json")
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def online(self) -> bool:
        return until(lambda: all(herald.stats.online for herald in self.heralds))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[BrokerProcess]:
    with BrokerProcess("mosquitto", tmp_path) as process:
        yield process


def anomaly(phase: Phase, event_id: str = "e1", score: float = 2.5) -> AnomalyEvent:
    region = Region(x=1, y=2, width=3, height=4)
    return AnomalyEvent(
        camera="line-1",
        event_id=event_id,
        phase=phase,
        time_unix_ns=1_700_000_000_000_000_000,
        first_frame=1,
        last_frame=2,
        peak_frame=2,
        peak_score=score,
        threshold=1.0,
        frames_anomalous=2,
        frame_width=640,
        frame_height=512,
        bundle_digest="ab" * 32,
        defect_class="dent",
        evidence=Evidence(
            region=region,
            crop=region,
            crop_jpeg=b"\xff\xd8jpeg",
            heat_map=HeatMap(width=1, height=2, cells=b"\x00\xff"),
        ),
    )


def health(phase: Phase) -> HealthEvent:
    return HealthEvent(camera="line-1", event_id="h1", phase=phase, time_unix_ns=1, reason="unplugged")


def test_json_says_each_event_as_a_cloudevent_and_keeps_the_status(broker: BrokerProcess, tmp_path: Path) -> None:
    root = "linewatch/v1/plant 1/box/json"
    with Listener(broker.port) as ear:
        with Device(broker.port, tmp_path, also=("json",)) as device:
            assert device.online()
            device.spool.record(anomaly(Phase.OPENED))
            device.spool.record(health(Phase.OPENED))
            assert until(lambda: len(ear.on(f"{root}/events")) == 2)
            first, second = (json.loads(said) for said in ear.on(f"{root}/events"))
            status = ear.last_json(f"{root}/status")
            assert status["boot"] == device.spool.boot
            assert abs(status["time_unix_ns"] - time.time_ns()) < 60e9
            assert (status["online"], status["bundle_name"], status["cameras"][0]["camera"]) == (
                True,
                "parts",
                "line-1",
            )
        assert until(lambda: ear.last_json(f"{root}/status").get("online") is False)
    assert (first["specversion"], first["type"], first["subject"]) == ("1.0", "linewatch.v1.event.opened", "line-1")
    data = first["data"]
    assert (data["kind"], data["phase"], data["sequence"], data["peak_score"]) == ("anomaly", "opened", 1, 2.5)
    assert data["evidence"]["region"] == {"x": 1, "y": 2, "width": 3, "height": 4}
    assert data["evidence"]["crop_jpeg"] == "/9hqcGVn"
    assert (second["data"]["kind"], second["data"]["reason"]) == ("health", "unplugged")


def test_json_says_later_what_came_while_the_broker_was_away(broker: BrokerProcess, tmp_path: Path) -> None:
    with Device(broker.port, tmp_path, also=("json",)) as device:
        assert device.online()
        broker.kill()
        device.spool.record(anomaly(Phase.OPENED))
        assert until(lambda: not device.heralds[0].stats.online)
        with ExitStack() as stack:
            broker.start()
            ear = stack.enter_context(Listener(broker.port))
            assert until(lambda: bool(ear.on("linewatch/v1/plant 1/box/json/events")))


def configs(ear: Listener) -> dict[str, bytes]:
    return {topic: payload for topic, payload, _ in list(ear.heard) if topic.startswith("homeassistant/")}


def test_home_assistant_finds_each_camera_sees_its_state_and_forgets_it_again(
    broker: BrokerProcess, tmp_path: Path
) -> None:
    base = "linewatch/v1/plant 1/box/home-assistant"
    device = Device(broker.port, tmp_path, also=("home-assistant",))
    with Listener(broker.port) as ear:
        with device:
            assert device.online()
            assert until(lambda: ear.on(f"{base}/status") == [b"online"])
            found = {topic: json.loads(payload) for topic, payload in configs(ear).items()}
            assert len(found) == 12
            (place,) = [topic for topic in found if topic.endswith("/line-1_anomaly/config")]
            entity = found[place]
            assert place.startswith("homeassistant/binary_sensor/linewatch_plant_1_")
            assert all(level.replace("_", "").replace("-", "").isalnum() for level in place.split("/"))
            assert entity["availability"][0] == {"topic": f"{base}/status"}
            assert len({one["unique_id"] for one in found.values()}) == 12
            state = entity["state_topic"]
            assert (ear.last_json(state)["anomaly"], ear.last_json(state)["score"]) == ("OFF", None)
            device.spool.record(anomaly(Phase.OPENED))
            assert until(lambda: ear.last_json(state).get("anomaly") == "ON")
            assert (ear.last_json(state)["defect_class"], ear.last_json(state)["score"]) == ("dent", 2.5)
            device.spool.record(anomaly(Phase.OPENED, "e2"))
            device.spool.record(anomaly(Phase.CLOSED))
            device.spool.record(health(Phase.OPENED))
            assert until(lambda: ear.last_json(state)["delivers"] == "OFF")
            assert ear.last_json(state)["anomaly"] == "ON"  # e2 goes on
            device.spool.record(anomaly(Phase.CLOSED, "e2"))
            assert until(lambda: ear.last_json(state)["anomaly"] == "OFF")
        assert until(lambda: ear.on(f"{base}/status")[-1] == b"offline")

    device.status = replace(device.status, cameras=device.status.cameras[:1])
    with device:  # the second camera is gone
        assert device.online()
    with Listener(broker.port) as late:
        assert until(lambda: len(configs(late)) == 6)
        assert all("line-1" in topic for topic in configs(late))
    device.also = ("json",)
    with device:  # the view is switched off
        assert until(lambda: not Memory(tmp_path / "views.json").retained("home-assistant"))
    with Listener(broker.port) as late:
        assert until(lambda: bool(late.on("linewatch/v1/plant 1/box/json/status")))
        assert [topic for topic, _, _ in late.heard if "home-assistant" in topic or "homeassistant" in topic] == []


def sparkplug(ear: Listener) -> list[tuple[str, Payload]]:
    said = [(topic, payload) for topic, payload, _ in list(ear.heard) if topic.startswith("spBv1.0/")]
    return [(topic, Payload.FromString(payload)) for topic, payload in said if "/NCMD/" not in topic]


def kinds(ear: Listener) -> list[str]:
    return [topic.split("/")[2] for topic, _ in sparkplug(ear)]


def values(payload: Payload) -> dict[str, object]:
    return {metric.name: getattr(metric, metric.WhichOneof("value") or "") for metric in payload.metrics}


def test_sparkplug_lives_by_births_data_and_deaths(broker: BrokerProcess, tmp_path: Path) -> None:
    device = Device(broker.port, tmp_path, also=("sparkplug-b",))
    with Listener(broker.port) as ear:
        with device:
            assert until(lambda: kinds(ear) == ["NBIRTH", "DBIRTH"])
            (place, birth), (camera_place, camera) = sparkplug(ear)
            assert (place, camera_place) == ("spBv1.0/plant 1/NBIRTH/box", "spBv1.0/plant 1/DBIRTH/box/line-1")
            assert (birth.seq, birth.HasField("seq"), camera.seq) == (0, True, 1)
            assert values(birth)["Node Control/Rebirth"] is False
            assert all(metric.datatype for metric in [*birth.metrics, *camera.metrics])
            device.spool.record(anomaly(Phase.OPENED))
            assert until(lambda: kinds(ear)[2:] == ["DDATA"])
            changed = values(sparkplug(ear)[2][1])
            assert changed == {"Anomaly": True, "Score": 2.5, "Threshold": 1.0, "Defect Class": "dent"}
            assert not any(metric.HasField("datatype") for metric in sparkplug(ear)[2][1].metrics)
            device.spool.record(health(Phase.OPENED))
            assert until(lambda: kinds(ear)[3:] == ["DDEATH"])
            device.spool.record(health(Phase.CLOSED))
            assert until(lambda: kinds(ear)[4:] == ["DBIRTH"])
            device.status = replace(device.status, bundle_digest="cd" * 32)
            assert until(lambda: "NDATA" in kinds(ear))
            assert [payload.seq for _, payload in sparkplug(ear)] == list(range(len(sparkplug(ear))))

            before = len(kinds(ear))
            ear.say("spBv1.0/plant 1/NCMD/box", b"\xff")
            command = Payload(metrics=[Payload.Metric(name="Node Control/Rebirth", datatype=11, boolean_value=True)])
            ear.say("spBv1.0/plant 1/NCMD/box", command.SerializeToString())
            assert until(lambda: kinds(ear).count("NBIRTH") == 2)
            assert until(lambda: kinds(ear)[-1] == "DBIRTH" and len(kinds(ear)) == before + 2)
            again = [one for topic, one in sparkplug(ear) if "NBIRTH" in topic][1]
            assert (again.seq, values(again)["bdSeq"]) == (0, values(birth)["bdSeq"])
        assert until(lambda: kinds(ear)[-2:] == ["NDEATH", "NDEATH"])  # by the node, and its will
        for _, death in sparkplug(ear)[-2:]:
            assert (values(death), death.HasField("seq")) == ({"bdSeq": values(birth)["bdSeq"]}, False)

        with device:
            assert until(lambda: kinds(ear).count("NBIRTH") == 3)
            last = [one for topic, one in sparkplug(ear) if "NBIRTH" in topic][2]
            assert values(last)["bdSeq"] == int(str(values(birth)["bdSeq"])) + 1
            for number in range(150):  # the sequence goes around
                device.spool.record(anomaly(Phase.OPENED, score=3.0 + number))
                device.spool.record(anomaly(Phase.CLOSED, score=3.0 + number))
            assert until(lambda: kinds(ear).count("DDATA") >= 300)
    life = [payload.seq for topic, payload in sparkplug(ear) if "NDEATH" not in topic][-(302):]
    assert life == [number % 256 for number in range(302)]


def test_the_broker_tells_of_a_node_that_died(broker: BrokerProcess, tmp_path: Path) -> None:
    with Listener(broker.port) as ear, Device(broker.port, tmp_path, also=("sparkplug-b",)) as device:
        assert until(lambda: "DBIRTH" in kinds(ear))
        herald = device.heralds[0]
        broken: Callable[..., object] = herald._view.event

        def explode(_: object) -> list[object]:
            herald._view.event = broken  # type: ignore[method-assign, assignment]
            raise RuntimeError("a mistake in a view")

        herald._view.event = explode  # type: ignore[method-assign, assignment]
        device.spool.record(anomaly(Phase.OPENED))
        assert until(lambda: kinds(ear).count("NBIRTH") == 2)
        assert kinds(ear).count("NDEATH") == 1
        lives = [values(one)["bdSeq"] for topic, one in sparkplug(ear) if "NDEATH" in topic or "NBIRTH" in topic]
        first, dead, reborn = map(int, map(str, lives))
        assert first == dead
        assert (herald.stats.faults, reborn) == (1, dead + 1)


def test_a_broker_that_takes_nothing_more_does_not_hold_up_the_end(broker: BrokerProcess, tmp_path: Path) -> None:
    assert broker.pid is not None
    with Device(broker.port, tmp_path, also=("home-assistant",)) as device:
        assert device.online()
        os.kill(broker.pid, signal.SIGSTOP)
        for number in range(40):  # more than it lets be on their way
            device.spool.record(anomaly(Phase.OPENED, f"e{number}", score=3.0 + number))
        said = device.heralds[0].stats
        assert until(lambda: said.said >= 13 + 20)
        begun = time.monotonic()
    assert time.monotonic() - begun < 8.0
    os.kill(broker.pid, signal.SIGCONT)


def test_what_the_broker_finds_too_large_holds_up_nothing(tmp_path: Path) -> None:
    topic = "linewatch/v1/plant 1/box/json/events"
    with (
        BrokerProcess("mosquitto", tmp_path, config="allow_anonymous true\nmax_packet_size 3000\n") as broker,
        Listener(broker.port) as ear,
        Device(broker.port, tmp_path, also=("json",)) as device,
    ):
        assert device.online()
        device.spool.record(replace(anomaly(Phase.OPENED), defect_class="x" * 4000))
        device.spool.record(anomaly(Phase.OPENED, "e2"))
        assert until(lambda: len(ear.on(topic)) == 1)
        stats = device.heralds[0].stats
        assert (stats.dropped, stats.connections) == (1, 1)


def test_a_view_whose_messages_are_refused_says_so(tmp_path: Path) -> None:
    allowed = tmp_path / "allowed"
    allowed.write_text("topic readwrite linewatch/#\n")
    allowed.chmod(0o644)
    config = f"allow_anonymous true\nacl_file {allowed}\n"
    with (
        BrokerProcess("mosquitto", tmp_path, config=config) as broker,
        Device(broker.port, tmp_path, also=("home-assistant",)) as device,
    ):
        stats = device.heralds[0].stats
        assert until(lambda: "refused a message" in stats.last_error)
        assert stats.online
