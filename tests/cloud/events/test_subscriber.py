"""What devices publish is committed and acknowledged, over both brokers."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from structlog.testing import capture_logs

from linewatch.cloud.broker.embedded import EmbeddedBroker
from linewatch.cloud.broker.port import Address
from linewatch.cloud.broker.settings import BrokerSettings
from linewatch.cloud.events.settings import EventsSettings, StoreSettings
from linewatch.cloud.events.store import EventStore
from linewatch.cloud.events.subscriber import Subscriber
from linewatch.protos import event_pb2

BOOT = "cd" * 16
MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


def until(holds: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return holds()


@pytest.fixture(params=["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Address]:
    if request.param == "embedded":
        embedded = EmbeddedBroker(BrokerSettings(port=0))
        yield embedded.start()
        embedded.stop()
        return
    if MOSQUITTO is None:
        pytest.skip("the mosquitto broker is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    process = subprocess.Popen([MOSQUITTO, "-c", str(config)], stderr=subprocess.DEVNULL)
    yield Address("127.0.0.1", port)
    process.terminate()
    process.wait()


class Device:
    """Publishes events and hears acknowledgements."""

    def __init__(self, address: Address) -> None:
        self.acknowledged: set[int] = set()
        self.client = Client(CallbackAPIVersion.VERSION2, client_id="box")
        self.client.on_message = self._heard
        self.client.connect(address.host, address.port)
        self.client.loop_start()
        self.client.subscribe("linewatch/v1/plant/box/acks", qos=1)

    def send(self, sequence: int) -> None:
        message = event_pb2.Event(
            identity=event_pb2.EventIdentity(device="box", boot=BOOT, sequence=sequence),
            site="plant",
            camera="line",
            event_id=f"event-{sequence}",
            phase=event_pb2.EVENT_PHASE_OPENED,
        )
        self.client.publish("linewatch/v1/plant/box/events", message.SerializeToString(), qos=1)

    def _heard(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        ack = event_pb2.EventAck.FromString(bytes(message.payload))
        assert (ack.device, ack.boot) == ("box", BOOT)
        for part in ack.committed:
            self.acknowledged |= set(range(part.first, part.last + 1))

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def settings(**changes: object) -> EventsSettings:
    return EventsSettings(connect_timeout_seconds=1.0, reconnect_min_seconds=0.05, **changes)  # type: ignore[arg-type]


def test_events_are_stored_once_and_acknowledged(broker: Address, tmp_path: Path) -> None:
    store = EventStore(StoreSettings(url=f"sqlite:///{tmp_path}/events.db"))
    subscriber = Subscriber(settings(), store, *broker)
    subscriber.start()
    assert until(lambda: subscriber.stats.connected)
    device = Device(broker)
    sequences = [*range(1, 41), *range(1, 11)]
    time.sleep(0.3)
    for sequence in sequences:
        device.send(sequence)
    device.client.publish("linewatch/v1/plant/box/events", b"\xff\xff", qos=1)
    assert until(lambda: subscriber.stats.received == len(sequences) + 1)
    assert until(lambda: device.acknowledged == set(range(1, 41)))
    assert (subscriber.stats.stored, subscriber.stats.duplicates, subscriber.stats.quarantined) == (40, 10, 1)
    assert store.count() == 40
    assert store.gaps() == []
    device.close()
    subscriber.stop()
    store.close()


def test_a_broker_that_comes_late_is_waited_for(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    store = EventStore(StoreSettings(url=f"sqlite:///{tmp_path}/events.db"))
    subscriber = Subscriber(settings(), store, "127.0.0.1", port)
    subscriber.start()
    assert until(lambda: bool(subscriber.stats.last_error))
    embedded = EmbeddedBroker(BrokerSettings(port=port))
    embedded.start()
    assert until(lambda: subscriber.stats.connected)
    subscriber.stop()
    embedded.stop()
    store.close()


def test_a_wrong_password_changes_nothing_about_the_version(tmp_path: Path) -> None:
    users, secret = tmp_path / "users", tmp_path / "password"
    users.write_text("cloud:right\n")
    users.chmod(0o600)
    secret.write_text("wrong\n")
    broker = EmbeddedBroker(BrokerSettings(port=0, users_file=users))
    address = broker.start()
    store = EventStore(StoreSettings(url=f"sqlite:///{tmp_path / 'events.db'}"))
    subscriber = Subscriber(settings(username="cloud", password_file=secret), store, *address)
    with capture_logs() as told:
        subscriber.start()
        assert until(lambda: "refused" in subscriber.stats.last_error)
        secret.write_text("right\n")
        assert until(lambda: subscriber.stats.connected)
    subscriber.stop()
    store.close()
    broker.stop()
    assert [one["mqtt"] for one in told if one["event"] == "events.connected"] == ["3.1.1"]
