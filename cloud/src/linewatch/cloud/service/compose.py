"""Puts the cloud process together."""

from collections.abc import Callable
from dataclasses import dataclass

from linewatch.cloud.config import CloudSettings
from linewatch.cloud.events.settings import EventsSettings
from linewatch.cloud.registry.repository import Repository
from linewatch.cloud.service.events_part import BrokerPart, IngestPart
from linewatch.cloud.service.http import HttpPart
from linewatch.cloud.service.service import Service, run_until_signal
from linewatch.cloud.service.signing import SigningPart
from linewatch.cloud.service.web import make_app


@dataclass(frozen=True, kw_only=True)
class Listening:
    """Where the parts of a cloud that is up are reached."""

    registry: str
    health: str
    broker: str
    events: str


def run_cloud(settings: CloudSettings, ready: Callable[[Listening], None]) -> None:
    """Run registry, broker, ingest and HTTP until SIGINT or SIGTERM; `ready` is called once all of them are up.

    Raises:
        CloudError: a part cannot be started; says what to do.
    """
    signing = SigningPart(Repository(settings.registry))
    broker = BrokerPart(settings.broker)
    ingest = IngestPart(_spoken(settings), broker)
    http = HttpPart(settings.http, make_app(settings.registry, lambda: service.health()))
    service = Service([signing, broker, ingest, http])

    def tell() -> None:
        assert broker.address is not None, "every part has started"
        base = f"http://{http.address[0]}:{http.address[1]}"
        ready(
            Listening(
                registry=f"{base}/registry",
                health=f"{base}/health",
                broker=f"mqtt://{broker.address.host}:{broker.address.port}",
                events=settings.events.store.url,
            )
        )

    run_until_signal(service, tell)


def _spoken(settings: CloudSettings) -> EventsSettings:
    """The embedded broker speaks MQTT 3.1.1 alone; nothing else need be tried with it."""
    if settings.broker.kind == "embedded" and settings.events.protocol == "auto":
        return settings.events.model_copy(update={"protocol": "3.1.1"})
    return settings.events
