"""User properties and content type of an MQTT 5 PUBLISH as bytes (MQTT 5.0, section 3.3.2.3).

paho-mqtt packs them attribute by attribute, and spends more time on that than on everything else about a message.
"""

from collections.abc import Sequence

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from linewatch.edge.publish.wire import varint

_CONTENT_TYPE = b"\x03"
_USER_PROPERTY = b"\x26"


class PackedProperties(Properties):
    """Properties of a PUBLISH that are packed once, here."""

    def __init__(self, attributes: Sequence[tuple[str, str]], content_type: str) -> None:
        super().__init__(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        body = bytearray()
        for name, value in attributes:
            body += _USER_PROPERTY + _text(name) + _text(value)
        if content_type:
            body += _CONTENT_TYPE + _text(content_type)
        object.__setattr__(self, "_packed", varint(len(body)) + bytes(body))

    def pack(self) -> bytes:
        """The bytes, their length before them."""
        packed: bytes = object.__getattribute__(self, "_packed")
        return packed


def _text(value: str) -> bytes:
    encoded = value.encode()
    return len(encoded).to_bytes(2, "big") + encoded
