"""One connection to the broker, driven by the one thread that calls it: paho-mqtt without its threads.

paho's own network thread dies without a word on an exception in a callback; here callbacks run inside `wait`, so that
their exceptions reach the caller, who supervises.
"""

import select
import ssl
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, LogLevel, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from linewatch.edge.publish.connection import Signal
from linewatch.edge.publish.dialect import Version
from linewatch.edge.publish.properties import PackedProperties
from linewatch.edge.publish.settings import PublishSettings
from linewatch.edge.publish.tls import explain_refusal
from linewatch.edge.publish.wake import Wake

_UNSUPPORTED_VERSION = 132
_WITH_WILL = 4
_DEFAULT_RECEIVE_MAXIMUM = 65535
_LARGEST_PACKET = 268_435_460
_VERSIONS = {Version.V5: MQTTProtocolVersion.MQTTv5, Version.V311: MQTTProtocolVersion.MQTTv311}


class HasFileno(Protocol):
    """What `select` takes."""

    def fileno(self) -> int:
        """The file descriptor."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who dials: name at the broker; password, TLS context and last will where there are any."""

    client_id: str
    password: str | None
    tls: ssl.SSLContext | None
    will_topic: str = ""
    will: bytes = b""
    will_retained: bool = True


class MqttLink:
    """Made for one attempt to connect, thrown away with it; so nothing is left over from an older connection.

    Attributes:
        signals: what happened, oldest first; the caller takes it from here.
        inbox: payloads received, oldest first; the caller takes them from here.
        unconfirmed: messages sent whose PUBACK is missing, or which are not written out yet where none will come.
        reason: why the broker refused or the connection ended.
        largest_packet: bytes of the largest packet that the broker takes, as far as it says so (MQTT 5, 3.2.2.3.6).
        unanswered: the broker could be reached, and has not yet said whether it lets us in.
    """

    def __init__(self, settings: PublishSettings, version: Version, caller: Caller) -> None:
        self.signals: deque[Signal] = deque()
        self.inbox: deque[bytes] = deque()
        self.unconfirmed = 0
        self.reason = ""
        self.largest_packet = _LARGEST_PACKET
        self.unanswered = False
        self._asked = ""
        self._detail = ""
        self._settings = settings
        self._version = version
        self._receive_maximum = _DEFAULT_RECEIVE_MAXIMUM
        self._client = self._make_client(caller)

    def dial(self) -> None:
        """Open the connection and ask to be let in; the answer comes as a signal, also when there is no broker."""
        host, port = self._settings.host, self._settings.port
        try:
            self._check(self._client.connect(host, port, keepalive=self._settings.keepalive_seconds))
            self.unanswered = True
        except OSError as error:
            self._detail = str(error)
            self._lost(f"cannot reach {host}:{port}")

    def subscribe(self, topic: str) -> None:
        """Ask for messages on `topic`; the answer comes as a signal."""
        self._asked = topic
        self._check(self._client.subscribe(topic, qos=1)[0])

    def capacity(self) -> int:
        """How many messages the broker takes now (MQTT 5, section 3.3.4)."""
        return max(0, self._receive_maximum - self.unconfirmed)

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        attributes: Sequence[tuple[str, str]] = (),
        content_type: str = "",
    ) -> None:
        """Send, with QoS 1 unless told otherwise; `attributes` and `content_type` ride along where the
        version can carry them.
        """
        properties = PackedProperties(attributes, content_type) if self._version is Version.V5 else None
        info = self._client.publish(topic, payload, qos=qos, retain=retain, properties=properties)
        self.unconfirmed += 1
        self._check(info.rc)

    def wait(self, seconds: float, wake: Wake) -> None:
        """Let bytes in and out until something came, `wake` rang or the time is over."""
        sock = self._client.socket()
        if sock is None:
            self._lost("the connection is closed")
            return
        writing = [sock] if self._client.want_write() else []
        buffered = _has_buffered(sock)
        reading: list[HasFileno] = [sock, wake]
        readable, writable, _ = select.select(reading, writing, [], 0.0 if buffered else seconds)
        wake.quiet()
        if sock in readable or buffered:
            self._check(self._client.loop_read())
        if sock in writable:
            self._check(self._client.loop_write())
        self._check(self._client.loop_misc())

    def hang_up(self, *, with_will: bool = False) -> None:
        """Say goodbye and close. The last will stays unsaid, unless `with_will` asks for it and MQTT 5 is spoken."""
        wanted = with_will and self._version is Version.V5
        self._client.disconnect(ReasonCode(PacketTypes.DISCONNECT, identifier=_WITH_WILL) if wanted else None)
        self.drop()

    def drop(self) -> None:
        """Close without a word; the broker says the last will."""
        sock = self._client.socket()
        if sock is not None:
            sock.close()
        client = self._client
        client.on_connect = client.on_disconnect = client.on_subscribe = client.on_publish = client.on_message = None
        client.on_log = None

    def _make_client(self, caller: Caller) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=caller.client_id,
            protocol=_VERSIONS[self._version],
            reconnect_on_failure=False,
        )
        client.max_inflight_messages = 0  # the window and `capacity` bound it
        client.connect_timeout = self._settings.connect_timeout_seconds
        if caller.will_topic:
            client.will_set(caller.will_topic, caller.will, qos=1, retain=caller.will_retained)
        if self._settings.username:
            client.username_pw_set(self._settings.username, caller.password)
        if caller.tls is not None:
            client.tls_set_context(caller.tls)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.on_log = self._on_log
        return client

    def _on_connect(
        self, _client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        self.unanswered = False
        if reason.is_failure:
            self.reason = f"the broker refused: {reason}"
            self.signals.append(Signal.WRONG_VERSION if reason.value == _UNSUPPORTED_VERSION else Signal.REFUSED)
            return
        self._receive_maximum = getattr(properties, "ReceiveMaximum", _DEFAULT_RECEIVE_MAXIMUM)
        self.largest_packet = getattr(properties, "MaximumPacketSize", _LARGEST_PACKET)
        self.signals.append(Signal.ACCEPTED)

    def _on_subscribe(
        self, _client: Client, _data: object, _mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self.reason = f"the broker refused the subscription to {self._asked}: {reasons[0]}"
            self.signals.append(Signal.REFUSED)
        else:
            self.signals.append(Signal.SUBSCRIBED)

    def _on_publish(
        self, _client: Client, _data: object, _mid: int, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        self.unconfirmed = max(0, self.unconfirmed - 1)
        if reason.is_failure:
            self.reason = f"the broker refused a message: {reason}"

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.inbox.append(bytes(message.payload))

    def _on_disconnect(
        self,
        _client: Client,
        _data: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._lost(f"disconnected: {reason}")

    def _check(self, code: MQTTErrorCode) -> None:
        if code not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_AGAIN):
            self._lost(f"the connection broke: {code.name}")

    def _on_log(self, _client: Client, _data: object, level: int, text: str) -> None:
        # The one place where paho tells why a socket failed.
        if level == LogLevel.MQTT_LOG_ERR:
            self._detail = text

    def _lost(self, reason: str) -> None:
        told = f"{reason}: {self._detail}" if self._detail else reason
        advice = explain_refusal(self._detail, self._settings.tls, entering=self.unanswered)
        self.reason = self.reason or (f"{advice} ({told})" if advice else told)
        if Signal.LOST not in self.signals:
            self.signals.append(Signal.LOST)


def _has_buffered(sock: object) -> bool:
    """Whether TLS holds decrypted bytes that `select` cannot see."""
    return isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
