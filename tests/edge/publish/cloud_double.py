"""A cloud for the publisher's tests: hears everything, and acknowledges as it is told."""

import threading
from collections.abc import Callable
from typing import Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from linewatch.edge.publish.status import DeviceStatus, from_proto
from linewatch.protos import event_pb2, fleet_pb2
from linewatch.protos.topics import Channel, topic_filter

Answer = Callable[[event_pb2.Event], event_pb2.EventAck | None]


def acknowledge(event: event_pb2.Event) -> event_pb2.EventAck:
    """What a cloud says that has stored `event`."""
    identity = event.identity
    ack = event_pb2.EventAck(device=identity.device, boot=identity.boot)
    ack.committed.add(first=identity.sequence, last=identity.sequence)
    return ack


class CloudDouble:
    """Connects with a version that the broker speaks; `answer` decides about each event."""

    def __init__(
        self, port: int, answer: Answer = acknowledge, version: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv311
    ) -> None:
        self.answer = answer
        self.events: list[event_pb2.Event] = []
        self.properties: list[dict[str, str]] = []
        self.statuses: list[DeviceStatus] = []
        self._ready = threading.Event()
        self._port = port
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="cloud", protocol=version)
        self._client.on_connect = lambda client, *_: client.subscribe(
            [(topic_filter(Channel.EVENTS), 1), (topic_filter(Channel.STATUS), 1)]
        )
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

    def sequences(self) -> list[int]:
        """Sequence numbers as they came."""
        return [event.identity.sequence for event in self.events]

    def say(self, topic: str, payload: bytes) -> None:
        """Publish something."""
        self._client.publish(topic, payload, qos=1)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        if message.topic.endswith("/status"):
            self.statuses.append(from_proto(fleet_pb2.DeviceStatus.FromString(bytes(message.payload))))
            return
        event = event_pb2.Event.FromString(bytes(message.payload))
        self.properties.append(dict(getattr(message.properties, "UserProperty", ())))
        self.events.append(event)
        ack = self.answer(event)
        if ack is not None:
            self.say(message.topic.replace("/events", "/acks"), ack.SerializeToString())
