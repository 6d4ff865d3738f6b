"""Carries events: out of the spool, over a link, and out of the spool for good once the cloud has them."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

import structlog
from google.protobuf.message import DecodeError

from linewatch.edge.publish.ack import AckError, parse_ack
from linewatch.edge.publish.cloudevents import CONTENT_TYPE, attributes
from linewatch.edge.publish.dialect import Version
from linewatch.edge.publish.link import MqttLink
from linewatch.edge.publish.patience import Patience
from linewatch.edge.publish.settings import PublishSettings
from linewatch.edge.publish.stats import PublishStats
from linewatch.edge.publish.window import SequenceRange, Window
from linewatch.edge.publish.wire import packet_bytes, publish_bytes
from linewatch.edge.spool.message import SpooledMessage
from linewatch.edge.spool.spool import Spool
from linewatch.protos import event_pb2
from linewatch.protos.topics import Channel, TopicError, topic

_log = structlog.get_logger(__name__)

_PAGE = 64
_STALLED_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class _Forgetting:
    """What the cloud has and the spool is about to forget."""

    boot: str
    ranges: list[SequenceRange]
    done: "Future[int]"


class Courier:
    """Knows what is on its way. Used by the publisher's thread alone, but for `more`."""

    def __init__(self, spool: Spool, settings: PublishSettings, stats: PublishStats, ring: Callable[[], None]) -> None:
        """Begin with nothing on its way; `ring` wakes the publisher, from any thread."""
        self._spool = spool
        self._stats = stats
        self._own = (spool.site, spool.device)
        self._heard = {self._own}
        self._window = Window(
            max_messages=settings.window_messages,
            max_bytes=settings.window_bytes,
            patience=Patience(
                first_seconds=settings.ack_timeout_seconds, longest_seconds=settings.ack_timeout_max_seconds
            ),
        )
        self._more = True
        self._rounds_unheard = 0
        self._ring = ring
        self._forgetting: deque[_Forgetting] = deque()

    def more(self) -> None:
        """The spool has more than it had. May be called from any thread."""
        self._more = True

    def restart(self) -> None:
        """A new connection: whatever is not acknowledged is sent again, oldest first."""
        self._window.restart()
        self._more = True
        self._heard = {self._own}
        self._rounds_unheard = 0

    def send(self, link: MqttLink, version: Version, now: float) -> None:
        """Send what is due, as far as window and broker allow.

        Raises:
            SpoolError: the spool cannot be read, or a damaged message not be removed.
        """
        self._fill()
        for message in self._window.due(now):
            if link.capacity() == 0:
                return
            self._send_one(link, version, message, now)

    def take_acks(self, link: MqttLink) -> None:
        """Forget what the cloud has. What is sent meanwhile does not wait for the disk.

        Raises:
            SpoolError: the spool cannot be written; it is not forgotten, and the cloud will be asked again.
        """
        for boot, ranges in self._collect(link).items():
            done = self._spool.submit_forget(boot, ranges)
            self._forgetting.append(_Forgetting(boot, ranges, done))
            done.add_done_callback(lambda _: self._ring())
            self._rounds_unheard = 0
        while self._forgetting and self._forgetting[0].done.done():
            self._settle_one()

    def settle(self) -> None:
        """Wait until the spool has forgotten what the cloud has.

        Raises:
            SpoolError: it could not.
        """
        while self._forgetting:
            self._settle_one()

    def unheard(self) -> bool:
        """Whether we have said something again, and the cloud has said nothing since. May be asked from any thread."""
        return self._rounds_unheard > 1

    def stalled(self) -> bool:
        """Whether we have said the same again and again without a word from the cloud."""
        return self._rounds_unheard > _STALLED_ROUNDS

    def next_due(self) -> float | None:
        """When something is due next; None when nothing is on its way."""
        return self._window.next_due()

    def _settle_one(self) -> None:
        forgotten = self._forgetting.popleft()
        forgotten.done.result()
        self._stats.acknowledged += self._window.acknowledged(forgotten.boot, forgotten.ranges)
        self._more = True

    def _fill(self) -> None:
        while self._more and (room := self._window.room()) > 0:
            self._more = False
            page = self._spool.pending(after=self._window.cursor, limit=min(room, _PAGE))
            # The first that does not fit ends it: a smaller one behind it would move the cursor past it.
            if not all(self._window.take(message) for message in page if self._is_whole(message)):
                self._more = True
                return
            self._more = self._more or len(page) == min(room, _PAGE)

    def _is_whole(self, message: SpooledMessage) -> bool:
        """Whether it can be read; one that the disk has spoilt nobody could acknowledge, so it is given up."""
        try:
            event = event_pb2.Event.FromString(message.payload)
            topic(event.site, event.identity.device, Channel.EVENTS)
        except (DecodeError, TopicError) as error:
            _log.error("message is damaged", boot=message.boot, sequence=message.sequence, reason=str(error))
            self._spool.abandon(message)
            return False
        return True

    def _send_one(self, link: MqttLink, version: Version, message: SpooledMessage, now: float) -> None:
        event = event_pb2.Event.FromString(message.payload)
        place = (event.site, event.identity.device)
        if place not in self._heard:  # spooled before the device or its site was renamed
            link.subscribe(topic(*place, Channel.ACKS))
            self._heard.add(place)
        where, extra = topic(*place, Channel.EVENTS), attributes(event)
        properties = extra if version is Version.V5 else None
        size = packet_bytes(where, message.payload, properties, CONTENT_TYPE)
        if size > link.largest_packet:
            self._pass_over(message, size, link.largest_packet)
            return
        link.publish(where, message.payload, attributes=extra, content_type=CONTENT_TYPE)
        sending = self._window.sent(message, now)
        self._rounds_unheard = max(self._rounds_unheard, sending.attempts)
        self._stats.published += sending.first_ever
        self._stats.resent += not sending.first_ever
        self._stats.payload_bytes += len(message.payload)
        on_the_line = publish_bytes(where, message.payload, properties, CONTENT_TYPE)
        self._stats.wire_bytes += on_the_line
        if event.camera:
            by_camera = self._stats.bytes_by_camera
            by_camera[event.camera] = by_camera.get(event.camera, 0) + on_the_line

    def _pass_over(self, message: SpooledMessage, size: int, largest: int) -> None:
        """A broker hangs up at a packet that is too large for it: again and again, and nothing else would go home."""
        reason = f"a message has {size} bytes, and the broker takes {largest}; raise its maximum packet size"
        _log.error("message stays in the spool", boot=message.boot, sequence=message.sequence, reason=reason)
        self._stats.last_error = reason
        self._window.pass_over(message)
        self._more = True

    def _collect(self, link: MqttLink) -> dict[str, list[SequenceRange]]:
        found: dict[str, list[SequenceRange]] = {}
        while link.inbox:
            try:
                ack = parse_ack(link.inbox.popleft(), {device for _, device in self._heard})
            except AckError as error:
                self._stats.bad_acks += 1
                _log.warning("acknowledgement ignored", reason=str(error))
                continue
            found.setdefault(ack.boot, []).extend(ack.ranges)
        return found
