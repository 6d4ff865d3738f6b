"""The estimate of bytes on the line agrees with what a real client writes."""

import socket
import threading

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from linewatch.edge.publish.wire import publish_bytes

_CONNACK = {MQTTProtocolVersion.MQTTv311: b"\x20\x02\x00\x00", MQTTProtocolVersion.MQTTv5: b"\x20\x03\x00\x00\x00"}


@pytest.mark.parametrize("version", list(_CONNACK))
@pytest.mark.parametrize("size", [0, 100, 127, 128, 5000, 20_000])
def test_packet_bytes_are_exact(version: MQTTProtocolVersion, size: int) -> None:
    attributes = [("type", "linewatch.v1.event.opened"), ("source", "/linewatch/v1/plänt/box")]
    properties = None
    if version is MQTTProtocolVersion.MQTTv5:
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.UserProperty = attributes
        properties.ContentType = "application/protobuf"
    packet = written_by_paho(version, b"x" * size, properties)
    estimate = publish_bytes(
        "linewatch/v1/s/d/events", b"x" * size, attributes if properties else None, "application/protobuf"
    )
    headers = -(-packet // 1448) * 52
    assert estimate == packet + headers


def written_by_paho(version: MQTTProtocolVersion, payload: bytes, properties: Properties | None) -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = Client(CallbackAPIVersion.VERSION2, client_id="x", protocol=version)
        client.connect("127.0.0.1", server.getsockname()[1])
        peer, _ = server.accept()
        with peer:
            peer.recv(4096)
            peer.sendall(_CONNACK[version])
            client.loop(1.0)
            got = bytearray()
            reader = threading.Thread(target=lambda: drain(peer, got))
            reader.start()
            client.publish("linewatch/v1/s/d/events", payload, qos=1, properties=properties)
            while client.want_write():
                client.loop_write()
            client.socket().shutdown(socket.SHUT_WR)  # type: ignore[union-attr]
            reader.join()
            client.disconnect()
    return len(got)


def drain(peer: socket.socket, into: bytearray) -> None:
    while block := peer.recv(65536):
        into += block
