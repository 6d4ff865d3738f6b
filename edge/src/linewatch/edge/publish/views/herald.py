"""Says what one view has to say, over a connection of its own, on a thread of its own.

So whatever goes wrong with a view, the durable stream does not notice; and each view has the last will that it needs.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from google.protobuf.message import DecodeError

from linewatch.edge.publish.connection import Signal
from linewatch.edge.publish.dialect import Dialect
from linewatch.edge.publish.link import Caller, MqttLink
from linewatch.edge.publish.patience import Patience
from linewatch.edge.publish.settings import PublishSettings, password
from linewatch.edge.publish.status import DeviceStatus
from linewatch.edge.publish.tls import tls_context
from linewatch.edge.publish.views.memory import Memory
from linewatch.edge.publish.views.view import Saying, View
from linewatch.edge.publish.wake import Wake
from linewatch.edge.publish.wire import packet_bytes
from linewatch.protos import event_pb2

_log = structlog.get_logger(__name__)

_WAITING_EVENTS = 1000
_LOOK_SECONDS = 1.0
_GUESS_SECONDS = 1.5
_GOODBYE_SECONDS = 1.0


@dataclass(kw_only=True, slots=True)
class HeraldStats:
    """Counts since the start.

    `dropped` is what came faster than it could be said, or was too large for the broker; `faults` are our mistakes.
    `last_error` says why there is no connection, or that the broker refuses messages on the one there is.
    """

    view: str
    online: bool = False
    said: int = 0
    dropped: int = 0
    connections: int = 0
    faults: int = 0
    last_error: str = ""


class _Away(Exception):
    """There is no connection, or no longer."""


class Herald:
    """One view's voice. Start it once; stop it before the spool is closed."""

    def __init__(
        self,
        view: View,
        settings: PublishSettings,
        status: Callable[[], DeviceStatus],
        memory: Memory,
        *,
        client_id: str,
        once: bool = False,
    ) -> None:
        """Prepare; nothing is said before `start`.

        Args:
            view: what to say.
            settings: where the broker is.
            status: says how the device is; called in the herald's thread.
            memory: knows what earlier runs have left at the broker.
            client_id: name at the broker.
            once: end after the first words: they take back what a view said that is not wanted any more.
        """
        self.stats = HeraldStats(view=view.name)
        self._view = view
        self._settings = settings
        self._status = status
        self._memory = memory
        self._client_id = client_id
        self._once = once
        self._events: deque[bytes] = deque(maxlen=_WAITING_EVENTS)
        self._unsure: deque[bytes] = deque(maxlen=_WAITING_EVENTS)
        self._dialect = Dialect(settings.protocol)
        self._patience = Patience(
            first_seconds=settings.reconnect_min_seconds, longest_seconds=settings.reconnect_max_seconds, least=0.0
        )
        self._wake = Wake()
        self._stop = threading.Event()
        self._end_by = math.inf
        self._thread = threading.Thread(target=self._run, name=f"view-{view.name}", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def tell(self, payload: bytes) -> None:
        """An event was kept. May be called from any thread; never waits."""
        self.stats.dropped += len(self._events) == _WAITING_EVENTS
        self._events.append(payload)
        self._wake.ring()

    def stop(self) -> None:
        """Say goodbye and end; a broker that takes nothing more is not waited for. May be called twice."""
        self._end_by = min(self._end_by, time.monotonic() + _GOODBYE_SECONDS)
        self._stop.set()
        self._wake.ring()
        if self._thread.is_alive():
            self._thread.join()
        self._wake.close()

    def _run(self) -> None:
        pause = 0.0
        while not self._stop.is_set():
            # The supervision boundary of this thread: a view that fails says nothing for a while, and begins again.
            try:
                if self._rest(pause):
                    self._session()
                return
            except _Away as away:
                pause = self._pause(str(away))
            except Exception as error:  # noqa: BLE001
                self.stats.faults += 1
                _log.exception("view failed, begins again", view=self._view.name)
                pause = self._pause(f"{type(error).__name__}: {error}")

    def _rest(self, seconds: float) -> bool:
        """Wait before the next attempt; false when we were told to stop.

        States follow events all the while: of more than may wait, the end of an event would be dropped for ever.
        """
        until = time.monotonic() + seconds
        while not self._stop.is_set() and (left := until - time.monotonic()) > 0:
            self._wake.wait(left)
            if not self._view.replays:
                self._catch_up()
        return not self._stop.is_set()

    def _pause(self, reason: str) -> float:
        """Note why there is no connection; gives the seconds until the next attempt."""
        if reason != self.stats.last_error:
            _log.warning("view waits", view=self._view.name, reason=reason)
        lost, self.stats.online = self.stats.online, False
        self.stats.last_error = reason
        spread = self._settings.reconnect_spread_seconds
        return self._patience.after_loss(spread) if lost else self._patience.after_failure()

    def _session(self) -> None:
        """One connection, to its end: returns when all is said, or we were told to stop."""
        link = self._dial()
        try:
            self._enter(link)
            self._begin(link)
            if not self._once:
                self._stay(link)
                self._say(link, self._view.farewell())
                self._settle(link)
            link.hang_up(with_will=self._view.parts_with_will)
            self.stats.online = False
        except BaseException:
            link.drop()
            self._take_back()
            raise

    def _dial(self) -> MqttLink:
        will = self._view.will()
        caller = Caller(
            client_id=self._client_id,
            password=password(self._settings),
            tls=tls_context(self._settings.tls),
            will_topic=will.topic if will else "",
            will=will.payload if will else b"",
            will_retained=will.retain if will else False,
        )
        link = MqttLink(self._settings, self._dialect.version, caller)
        link.dial()
        return link

    def _enter(self, link: MqttLink) -> None:
        patience = self._settings.connect_timeout_seconds
        try:
            self._expect(link, Signal.ACCEPTED, min(patience, _GUESS_SECONDS) if self._dialect.guessing() else patience)
        except _Away:
            if link.unanswered:
                self._dialect.silent()
            raise
        self._dialect.accepted()
        if self._view.listens:
            link.subscribe(self._view.listens)
            self._expect(link, Signal.SUBSCRIBED, patience)

    def _expect(self, link: MqttLink, wanted: Signal, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            while link.signals:
                signal = link.signals.popleft()
                if signal is wanted:
                    return
                if signal is Signal.WRONG_VERSION:
                    self._dialect.refused()
                raise _Away(link.reason or "the broker hung up")
            if time.monotonic() > deadline or self._stop.is_set():
                raise _Away("the broker did not answer in time")
            link.wait(0.1, self._wake)

    def _begin(self, link: MqttLink) -> None:
        """Say how things are, and take back what earlier runs have said and nobody says any more."""
        if not self._view.replays:
            self._catch_up()
        born = self._view.born(self._status())
        name, left = self._view.name, {saying.topic for saying in born if saying.retain}
        stale = self._memory.retained(name) - left
        self._memory.keep(name, left | stale)
        self._say(link, [*[Saying(topic=topic, payload=b"", retain=True) for topic in sorted(stale)], *born])
        if stale and not self._settle(link):
            raise _Away("the broker did not answer in time")
        self._memory.keep(name, left)
        self._patience.after_success()
        self.stats.online, self.stats.last_error = True, link.reason
        self.stats.connections += 1
        _log.info("view connected", view=name)

    def _stay(self, link: MqttLink) -> None:
        gist, due = None, time.monotonic() + self._settings.status_interval_seconds
        while not self._stop.is_set():
            self._say_events(link)
            status = self._status()
            while link.inbox:
                self._say(link, self._view.heard(link.inbox.popleft(), status))
            if gist != (gist := _gist(status)) or time.monotonic() >= due:
                due = time.monotonic() + self._settings.status_interval_seconds
                self._say(link, self._view.status(status))
            self._listen(link, _LOOK_SECONDS)
        self._say_events(link)

    def _say_events(self, link: MqttLink) -> None:
        if not link.unconfirmed:
            self._unsure.clear()
        while self._events:
            self._unsure.append(self._events.popleft())
            self._say(link, self._event(self._unsure[-1]))

    def _take_back(self) -> None:
        """What the broker may not have got is said again, before what came meanwhile."""
        while self._unsure and len(self._events) < _WAITING_EVENTS:
            self._events.appendleft(self._unsure.pop())
        self._unsure.clear()

    def _catch_up(self) -> None:
        while self._events:
            self._event(self._events.popleft())

    def _event(self, payload: bytes) -> list[Saying]:
        try:
            return self._view.event(event_pb2.Event.FromString(payload))
        except DecodeError as error:
            _log.error("view cannot read an event", view=self._view.name, reason=str(error))
            return []

    def _say(self, link: MqttLink, sayings: list[Saying]) -> None:
        for saying in sayings:
            if (size := packet_bytes(saying.topic, saying.payload, ())) > link.largest_packet:
                # The broker would hang up, and again each time it is repeated.
                self.stats.dropped += 1
                _log.error("view cannot say it", topic=saying.topic, bytes=size, broker_takes=link.largest_packet)
                continue
            while link.capacity() == 0:
                self._listen(link, 0.1)
                if time.monotonic() > self._end_by:
                    raise _Away("the broker did not take all before the end")
            link.publish(saying.topic, saying.payload, qos=saying.qos, retain=saying.retain)
            self.stats.said += 1

    def _listen(self, link: MqttLink, seconds: float) -> None:
        link.wait(seconds, self._wake)
        if Signal.LOST in link.signals:
            raise _Away(link.reason)
        if (
            link.reason and link.reason != self.stats.last_error
        ):  # of a message that it refused, which only MQTT 5 tells
            _log.warning("view is not heard", view=self._view.name, reason=link.reason)
            self.stats.last_error = link.reason

    def _settle(self, link: MqttLink) -> bool:
        """Whether the broker has taken all that was said."""
        deadline = time.monotonic() + _GOODBYE_SECONDS
        while link.unconfirmed and time.monotonic() < deadline:
            self._listen(link, 0.05)
        return not link.unconfirmed


def _gist(status: DeviceStatus) -> tuple[object, ...]:
    """What is worth saying at once when it changes."""
    return status.bundle_digest, tuple((camera.camera, camera.alive) for camera in status.cameras)
