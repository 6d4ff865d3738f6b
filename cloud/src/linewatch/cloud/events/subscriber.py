"""Turns messages of the broker into rows of the event store, and acknowledges what is committed.

One thread does both: it reads what the broker sends, commits in groups, and only then confirms to the devices. What is
lost before the commit (this process, the broker, the connection) is sent again by the device.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from linewatch.cloud.errors import CloudError, StoreError
from linewatch.cloud.events.identity import to_ranges
from linewatch.cloud.events.message import Received, Rejected, read_message
from linewatch.cloud.events.password import password
from linewatch.cloud.events.settings import EventsSettings
from linewatch.cloud.events.store import Committed, EventStore
from linewatch.protos import event_pb2
from linewatch.protos.topics import Channel, topic, topic_filter

_log = structlog.get_logger(__name__)

_LOOK_SECONDS = 0.05
_GUESS_SECONDS = 1.5  # some brokers wait for ever at what MQTT 5 says and they do not understand
_SESSION_SECONDS = 24 * 3600
_UNSUPPORTED_VERSION = 0x84  # MQTT 5, section 3.2.2.2; paho says so as well where a 3.1.1 broker answers with 1
_VERSIONS = {"5": MQTTProtocolVersion.MQTTv5, "3.1.1": MQTTProtocolVersion.MQTTv311}


@dataclass(kw_only=True, slots=True)
class IngestStats:
    """Counts since the start. `received` has duplicates and refused messages in it."""

    connected: bool = False
    received: int = 0
    stored: int = 0
    duplicates: int = 0
    quarantined: int = 0
    last_error: str = ""


class _LostError(Exception):
    """The connection is gone, or was never made."""


class Subscriber:
    """Feeds `store` from the broker at `host`:`port` until it is stopped."""

    def __init__(self, settings: EventsSettings, store: EventStore, host: str, port: int) -> None:
        """Prepare; nothing connects before `start`."""
        self._settings = settings
        self._store = store
        self._address = (host, port)
        # 3.1.1 first: under 5 the client library spends most of its time on properties that nobody here reads.
        self._versions = deque(["3.1.1", "5"] if settings.protocol == "auto" else [settings.protocol])
        self._inbox: deque[tuple[str, bytes]] = deque()
        self._refusal: str | None = None
        self._unsuited = True
        self._accepted = False
        self._subscribed = False
        self._pause = settings.reconnect_min_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)
        self.stats = IngestStats()

    def start(self) -> None:
        """Begin; a broker or database that is away is waited for."""
        self._thread.start()

    def stop(self) -> None:
        """Commit what was read, then end."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._session()
            except (_LostError, OSError, CloudError) as error:
                self._rest(str(error))
            except Exception as error:  # noqa: BLE001 - supervision boundary: one bad message must not end the ingest
                _log.exception("events.fault")
                self._rest(repr(error))

    def _rest(self, reason: str) -> None:
        """Pause before the next attempt; twice as long each time until a connection is made."""
        if reason != self.stats.last_error:
            _log.warning("events.waiting", reason=reason)
        self.stats.last_error = reason
        self._stop.wait(self._pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret in it
        self._pause = min(2 * self._pause, self._settings.reconnect_max_seconds)

    def _session(self) -> None:
        client = self._connect()
        try:
            while not self._stop.is_set():
                _check(client.loop(_LOOK_SECONDS))
                while self._inbox:
                    self._read_more(client)
                    self._commit(client)
            _check(client.loop(0))
        finally:
            self.stats.connected = False
            client.disconnect()

    def _connect(self) -> Client:
        self._accepted, self._subscribed, self._refusal, self._unsuited = False, False, None, True
        version = self._versions[0]
        client = self._client(version)
        client.connect(*self._address, keepalive=self._settings.keepalive_seconds, **_session_options(version))
        try:
            self._await_entrance(client, version)
        except _LostError:
            if self._unsuited:
                self._versions.rotate(-1)
            client.disconnect()
            raise
        self._await_subscription(client)
        self._pause = self._settings.reconnect_min_seconds
        self.stats.connected, self.stats.last_error = True, ""
        _log.info("events.connected", host=self._address[0], port=self._address[1], mqtt=version)
        return client

    def _await_entrance(self, client: Client, version: str) -> None:
        patience = self._settings.connect_timeout_seconds
        if version == "5" and len(self._versions) > 1:
            patience = min(patience, _GUESS_SECONDS)
        self._loop_until(client, lambda: self._accepted, patience)

    def _await_subscription(self, client: Client) -> None:
        client.subscribe(topic_filter(Channel.EVENTS), qos=1)
        self._loop_until(client, lambda: self._subscribed, self._settings.connect_timeout_seconds)

    def _loop_until(self, client: Client, holds: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            code = client.loop(_LOOK_SECONDS)
            if self._refusal or code != MQTTErrorCode.MQTT_ERR_SUCCESS or time.monotonic() > deadline:
                raise _LostError(self._refusal or f"the broker at {self._address[0]}:{self._address[1]} is silent")
            if self._stop.is_set():
                raise _LostError("stopped")

    def _client(self, version: str) -> Client:
        options: dict[str, Any] = {} if version == "5" else {"clean_session": False}
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._settings.client_id,
            protocol=_VERSIONS[version],
            reconnect_on_failure=False,
            **options,
        )
        client.connect_timeout = self._settings.connect_timeout_seconds
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        if self._settings.username:
            client.username_pw_set(self._settings.username, password(self._settings))
        if self._settings.tls is not None:
            tls = self._settings.tls
            client.tls_set(
                ca_certs=str(tls.ca_file) if tls.ca_file else None,
                certfile=str(tls.certificate_file) if tls.certificate_file else None,
                keyfile=str(tls.key_file) if tls.key_file else None,
            )
        return client

    def _on_connect(
        self, _client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self._refusal = f"the broker at {self._address[0]}:{self._address[1]} refused: {reason}"
            self._unsuited = reason.value == _UNSUPPORTED_VERSION
        else:
            self._accepted = True

    def _on_subscribe(
        self, _client: Client, _data: object, _mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self._refusal = f"the broker refused the subscription to {topic_filter(Channel.EVENTS)}: {reasons[0]}"
        else:
            self._subscribed = True

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        try:
            place = message.topic
        except UnicodeDecodeError:
            place = "(not UTF-8)"  # will be quarantined
        self._inbox.append((place, bytes(message.payload)))

    def _read_more(self, client: Client) -> None:
        """Fill the group with what has already arrived."""
        known = 0
        while known < len(self._inbox) < self._settings.batch_messages:
            known = len(self._inbox)
            _check(client.loop_read())

    def _commit(self, client: Client) -> None:
        group = [self._inbox[index] for index in range(min(len(self._inbox), self._settings.batch_messages))]
        messages = [read_message(place, payload, self._settings.max_payload_bytes) for place, payload in group]
        done = self._add(messages)
        for _ in group:
            self._inbox.popleft()
        self._count(len(group), done)
        for (site, device, boot), sequences in done.acknowledge.items():
            ack = event_pb2.EventAck(device=device, boot=boot)
            for first, last in to_ranges(sequences):
                ack.committed.add(first=first, last=last)
            client.publish(topic(site, device, Channel.ACKS), ack.SerializeToString(), qos=1)

    def _add(self, messages: list[Received | Rejected]) -> Committed:
        """Commit, again and again while the database is away: what was read is not thrown away."""
        pause = self._settings.reconnect_min_seconds
        while True:
            try:
                return self._store.add(messages)
            except StoreError as error:
                _log.error("events.not_stored", reason=str(error))
                self.stats.last_error = str(error)
                if self._stop.wait(pause):
                    raise
                pause = min(2 * pause, self._settings.reconnect_max_seconds)

    def _count(self, received: int, done: Committed) -> None:
        self.stats.received += received
        self.stats.stored += done.stored
        self.stats.duplicates += done.duplicates
        self.stats.quarantined += done.quarantined


def _check(code: MQTTErrorCode) -> None:
    if code not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_AGAIN):
        raise _LostError(f"the connection to the broker broke: {code.name}")


def _session_options(version: str) -> dict[str, Any]:
    if version != "5":
        return {}
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = _SESSION_SECONDS
    return {"clean_start": False, "properties": properties}
