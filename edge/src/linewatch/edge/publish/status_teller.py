"""Tells the device's status on its retained topic: now and then, at once when asked, and once more at the end."""

import time
from collections.abc import Callable
from dataclasses import replace

from linewatch.edge.publish.link import MqttLink
from linewatch.edge.publish.stats import PublishStats
from linewatch.edge.publish.status import DeviceStatus, to_proto
from linewatch.edge.publish.wire import publish_bytes
from linewatch.edge.spool.spool import Spool
from linewatch.protos.topics import Channel, topic


class StatusTeller:
    """Puts names, time and the length of the spool to what the agent says about itself."""

    def __init__(
        self, spool: Spool, source: Callable[[], DeviceStatus], interval_seconds: float, stats: PublishStats
    ) -> None:
        self.topic = topic(spool.site, spool.device, Channel.STATUS)
        self._spool = spool
        self._source = source
        self._interval = interval_seconds
        self._stats = stats
        self._due = 0.0

    def will(self) -> bytes:
        """What the broker says for us when we die."""
        return self._payload(DeviceStatus(), online=False)

    def hurry(self) -> None:
        """Tell as soon as possible. May be called from any thread."""
        self._due = 0.0

    def tell_if_due(self, link: MqttLink, now: float) -> None:
        """Tell the status, if it is time and the broker takes it."""
        if now >= self._due and link.capacity() > 0:
            self._due = now + self._interval
            self._tell(link, online=True)

    def tell_goodbye(self, link: MqttLink) -> None:
        """Say that we leave on purpose."""
        self._tell(link, online=False)

    def _tell(self, link: MqttLink, *, online: bool) -> None:
        payload = self._payload(self._source(), online=online)
        link.publish(self.topic, payload, retain=True)
        self._stats.wire_bytes += publish_bytes(self.topic, payload, None)

    def _payload(self, status: DeviceStatus, *, online: bool) -> bytes:
        full = with_place(status, self._spool, online=online)
        return to_proto(full).SerializeToString()


def with_place(status: DeviceStatus, spool: Spool, *, online: bool) -> DeviceStatus:
    """`status` with what its source does not know: names, boot and length of the spool, and the time."""
    return replace(
        status,
        site=spool.site,
        device=spool.device,
        boot=spool.boot,
        online=online,
        time_unix_ns=time.time_ns(),
        events_spooled=spool.stats().waiting_messages,
    )
