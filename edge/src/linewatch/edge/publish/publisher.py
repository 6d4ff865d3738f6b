"""Keeps a connection to the broker, and while there is one has events carried and the status told."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Self

import structlog

from linewatch.edge.errors import ConfigurationError, SpoolError
from linewatch.edge.publish.connection import Action, Signal, State, next_step
from linewatch.edge.publish.courier import Courier
from linewatch.edge.publish.dialect import Dialect
from linewatch.edge.publish.link import Caller, MqttLink
from linewatch.edge.publish.patience import Patience
from linewatch.edge.publish.settings import PublishSettings, password
from linewatch.edge.publish.stats import PublishStats
from linewatch.edge.publish.status import DeviceStatus
from linewatch.edge.publish.status_teller import StatusTeller
from linewatch.edge.publish.tls import tls_context
from linewatch.edge.publish.wake import Wake
from linewatch.edge.spool.spool import Spool
from linewatch.protos.topics import Channel, topic

_log = structlog.get_logger(__name__)

_LONGEST_SLEEP_SECONDS = 1.0
_GOODBYE_SECONDS = 1.0
_GUESS_SECONDS = 1.5


class Publisher:
    """One thread that owns everything about the broker. Start it once; stop it before the spool is closed."""

    def __init__(
        self, spool: Spool, settings: PublishSettings, *, status: Callable[[], DeviceStatus] = DeviceStatus
    ) -> None:
        """Prepare; nothing is sent before `start`.

        Args:
            spool: where events come from; its site and device name the topics.
            settings: where the broker is.
            status: says what the device runs; called in the publisher's thread.

        Raises:
            ConfigurationError: the password or a certificate cannot be read.
        """
        self._spool = spool
        self._settings = settings
        self._stats = PublishStats()
        self._teller = StatusTeller(spool, status, settings.status_interval_seconds, self._stats)
        self._dialect = Dialect(settings.protocol)
        self._patience = Patience(
            first_seconds=settings.reconnect_min_seconds, longest_seconds=settings.reconnect_max_seconds, least=0.0
        )
        self._was_online = False
        self._caller = Caller(
            client_id=f"linewatch:{spool.site}:{spool.device}",
            password=password(settings),
            tls=tls_context(settings.tls),
            will_topic=self._teller.topic,
            will=self._teller.will(),
        )
        self._wake = Wake()  # the first that has to be let go of: nothing below fails
        self._courier = Courier(spool, settings, self._stats, self._wake.ring)
        self._link: MqttLink | None = None
        self._state = State.OFFLINE
        self._deadline = 0.0
        self._stop_at: float | None = None
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        # Not the thread's own word for it: a signal during `join` has Python 3.11 take a thread that runs for ended.
        self._ended = threading.Event()
        self._ended.set()
        self._actions: dict[Action, Callable[[], None]] = {
            Action.DIAL: self._dial,
            Action.SUBSCRIBE: self._subscribe,
            Action.GO_ONLINE: self._go_online,
            Action.FALL_BACK: self._fall_back,
            Action.BACK_OFF: self._back_off,
            Action.LEAVE: self._leave,
            Action.HANG_UP: self._drop,
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to connect and to send.

        Raises:
            RuntimeError: the system gives no thread; nothing is held then.
        """
        self._spool.listen(self._on_spooled)
        self._ended.clear()
        try:
            self._thread.start()
        except BaseException:
            self._ended.set()
            self.stop()
            raise

    def announce(self) -> None:
        """Tell the status now, because it changed. May be called from any thread."""
        self._teller.hurry()
        self._wake.ring()

    def stats(self) -> PublishStats:
        """A copy of the counts."""
        by_camera = dict(self._stats.bytes_by_camera)
        return replace(
            self._stats,
            state=self._state,
            version=self._dialect.version,
            bytes_by_camera=by_camera,
            unheard=self._courier.unheard(),
        )

    def stop(self, drain_seconds: float | None = None) -> bool:
        """Send what is left for up to `drain_seconds` (the settings' by default), say goodbye, end the thread.

        Returns whether the cloud has acknowledged everything; what it has not stays in the spool. May be called twice,
        and again where a signal ended the first call.
        """
        patience = self._settings.drain_seconds if drain_seconds is None else drain_seconds
        if not self._ended.is_set():
            self._stop_at = time.monotonic() + patience
            self._wake.ring()
            self._ended.wait()
        self._spool.listen(None)
        self._wake.close()
        return self._spool.stats().waiting_messages == 0

    def _on_spooled(self) -> None:
        self._courier.more()
        self._wake.ring()

    def _run(self) -> None:
        while self._state is not State.STOPPED:
            # The supervision boundary of this thread: whatever went wrong, say so, hang up, and begin again.
            try:
                self._turn()
            except Exception as error:  # noqa: BLE001
                self._stats.restarts += 1
                self._stats.last_error = f"{type(error).__name__}: {error}"
                _log.exception("publisher failed, starts again")
                self._signal(Signal.FAULT)
        self._drop()  # a goodbye that failed leaves it to the last will
        try:
            self._courier.settle()
        except SpoolError as error:
            _log.error("acknowledged events stay in the spool", reason=str(error))
        finally:
            self._ended.set()

    def _turn(self) -> None:
        """Sleep until something is to be done, and do it."""
        self._signal_time(time.monotonic())
        if self._link is None:
            self._wake.wait(self._sleep_seconds(time.monotonic()))
            return
        self._link.wait(self._sleep_seconds(time.monotonic()), self._wake)
        self._courier.take_acks(self._link)
        while self._link is not None and self._link.signals:
            self._signal(self._link.signals.popleft())
        if self._link is not None and self._state is State.ONLINE:
            self._courier.send(self._link, self._dialect.version, time.monotonic())
            self._teller.tell_if_due(self._link, time.monotonic())

    def _signal(self, signal: Signal) -> None:
        step = next_step(self._state, signal)
        if step is not None:
            self._state = step.state
            self._actions[step.action]()

    def _signal_time(self, now: float) -> None:
        """Turn the clock into signals."""
        if self._stop_at is not None and (now >= self._stop_at or self._spool.stats().waiting_messages == 0):
            self._signal(Signal.STOP)
        elif self._state is State.ONLINE:
            if self._link is not None and self._courier.stalled():
                self._link.reason = "the cloud acknowledges nothing"
                self._signal(Signal.STALLED)
        elif now >= self._deadline:
            self._signal(Signal.DUE if self._state is State.OFFLINE else Signal.SLOW)

    def _sleep_seconds(self, now: float) -> float:
        moments = [now + _LONGEST_SLEEP_SECONDS]
        if self._stop_at is not None:
            moments.append(self._stop_at)
        if self._state is not State.ONLINE:
            moments.append(self._deadline)
        elif self._link is not None and self._link.capacity() > 0:
            due = self._courier.next_due()
            moments.extend([] if due is None else [due])
        return max(0.0, min(moments) - now)

    def _dial(self) -> None:
        patience = self._settings.connect_timeout_seconds
        if self._dialect.guessing():
            patience = min(patience, _GUESS_SECONDS)
        self._deadline = time.monotonic() + patience
        try:
            # A password or certificate that was changed meanwhile serves without a new start.
            caller = replace(self._caller, password=password(self._settings), tls=tls_context(self._settings.tls))
        except ConfigurationError as error:
            self._stats.last_error = str(error)
            self._signal(Signal.LOST)
            return
        self._link = MqttLink(self._settings, self._dialect.version, caller)
        self._link.dial()

    def _subscribe(self) -> None:
        self._dialect.accepted()
        self._deadline = time.monotonic() + self._settings.connect_timeout_seconds
        if self._link is not None:
            self._link.subscribe(topic(self._spool.site, self._spool.device, Channel.ACKS))

    def _go_online(self) -> None:
        self._patience.after_success()
        self._was_online = True
        self._stats.connections += 1
        self._courier.restart()
        self._teller.hurry()
        _log.info("broker connected", host=self._settings.host, port=self._settings.port, mqtt=self._dialect.version)

    def _fall_back(self) -> None:
        if self._dialect.refused():
            self._drop()
            self._deadline = time.monotonic()
        else:
            self._back_off()

    def _back_off(self) -> None:
        link = self._link
        if link is not None and link.unanswered and self._dialect.guessing():
            self._dialect.silent()
            self._drop()
            self._deadline = time.monotonic()
            _log.info("the broker is silent at MQTT 5, trying 3.1.1")
            return
        if link is not None:
            self._stats.last_error = link.reason or "the broker did not answer in time"
            if link.unanswered:
                self._dialect.silent()
        self._drop()
        pause = self._pause()
        self._deadline = time.monotonic() + pause
        _log.warning("broker away", reason=self._stats.last_error, again_in_seconds=round(pause, 1))

    def _pause(self) -> float:
        if not self._was_online:
            return self._patience.after_failure()
        self._was_online = False
        return self._patience.after_loss(self._settings.reconnect_spread_seconds)

    def _leave(self) -> None:
        link = self._link
        if link is None:
            return
        self._teller.tell_goodbye(link)
        deadline = time.monotonic() + _GOODBYE_SECONDS
        while link.unconfirmed and Signal.LOST not in link.signals and time.monotonic() < deadline:
            link.wait(0.05, self._wake)
        link.hang_up()
        self._link = None

    def _drop(self) -> None:
        if self._link is not None:
            self._link.drop()
            self._link = None
