"""How many bytes a message costs on the line, estimated from the packet formats. Pure.

MQTT 3.1.1 (OASIS) section 3.3, MQTT 5.0 section 3.3; TCP over IPv4 with time stamps at an MTU of 1500. TLS,
acknowledgements and retransmissions are not in it.
"""

from collections.abc import Sequence

_TCP_IP_HEADERS = 20 + 32
_SEGMENT = 1500 - _TCP_IP_HEADERS


def publish_bytes(
    topic: str, payload: bytes, properties: Sequence[tuple[str, str]] | None, content_type: str = ""
) -> int:
    """Bytes on the wire of one PUBLISH with QoS 1; `properties` is None under MQTT 3.1.1."""
    packet = packet_bytes(topic, payload, properties, content_type)
    segments = -(-packet // _SEGMENT)
    return packet + segments * _TCP_IP_HEADERS


def packet_bytes(
    topic: str, payload: bytes, properties: Sequence[tuple[str, str]] | None, content_type: str = ""
) -> int:
    """Bytes of the packet alone, as a broker counts them against its maximum."""
    body = 2 + len(topic.encode()) + 2 + len(payload)
    if properties is not None:
        size = sum(5 + len(name.encode()) + len(value.encode()) for name, value in properties)
        size += 3 + len(content_type) if content_type else 0
        body += size + _varint_bytes(size)
    return 1 + _varint_bytes(body) + body


def varint(value: int) -> bytes:
    """MQTT's variable byte integer: seven bits a byte, the lowest first."""
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    digits.append(value)
    return bytes(digits)


def _varint_bytes(value: int) -> int:
    """Length of MQTT's variable byte integer: seven bits a byte."""
    return max(1, -(-value.bit_length() // 7))
