"""The broker and the ingest as parts of the cloud process."""

import asyncio
from dataclasses import asdict
from typing import Any

from linewatch.cloud.broker.choose import make_broker
from linewatch.cloud.broker.port import Address
from linewatch.cloud.broker.settings import BrokerSettings
from linewatch.cloud.events.settings import EventsSettings
from linewatch.cloud.events.store import EventStore
from linewatch.cloud.events.subscriber import Subscriber


class BrokerPart:
    """The MQTT broker, embedded or somebody else's."""

    name = "broker"

    def __init__(self, settings: BrokerSettings) -> None:
        """Nothing listens before `start`.

        Raises:
            ConfigurationError: the users file cannot be used.
        """
        self._broker = make_broker(settings)
        self.address: Address | None = None

    async def start(self) -> None:
        """Be reachable.

        Raises:
            BrokerError: the address cannot be listened on.
        """
        self.address = await asyncio.to_thread(self._broker.start)

    async def stop(self) -> None:
        """Close every connection."""
        await asyncio.to_thread(self._broker.stop)

    def health(self) -> dict[str, Any]:
        """Where it is."""
        return {"ok": self.address is not None, "address": self.address and f"{self.address.host}:{self.address.port}"}


class IngestPart:
    """The subscriber that fills the event store."""

    name = "events"

    def __init__(self, settings: EventsSettings, broker: BrokerPart) -> None:
        """Nothing is opened before `start`."""
        self._settings = settings
        self._broker = broker
        self._store: EventStore | None = None
        self._subscriber: Subscriber | None = None

    async def start(self) -> None:
        """Open the store and subscribe.

        Raises:
            CloudError: the store cannot be opened.
        """
        assert self._broker.address is not None, "the broker starts first"
        self._store = await asyncio.to_thread(EventStore, self._settings.store)
        self._subscriber = Subscriber(self._settings, self._store, *self._broker.address)
        self._subscriber.start()

    async def stop(self) -> None:
        """Commit what was read, then close."""
        if self._subscriber is not None:
            await asyncio.to_thread(self._subscriber.stop)
        if self._store is not None:
            self._store.close()

    def health(self) -> dict[str, Any]:
        """The counts of the ingest."""
        if self._subscriber is None:
            return {"ok": False}
        return {"ok": self._subscriber.stats.connected, **asdict(self._subscriber.stats)}
