"""Puts the cloud process together."""

from collections.abc import Callable

from linewatch.cloud.config import CloudSettings
from linewatch.cloud.events.settings import EventsSettings
from linewatch.cloud.registry.repository import Repository
from linewatch.cloud.service.events_part import BrokerPart, IngestPart
from linewatch.cloud.service.http import HttpPart
from linewatch.cloud.service.service import Service, run_until_signal
from linewatch.cloud.service.signing import SigningPart
from linewatch.cloud.service.web import make_app


def run_cloud(settings: CloudSettings, tell: Callable[[str], None]) -> None:
    """Run registry, broker, ingest and HTTP until SIGINT or SIGTERM; `tell` is told where they listen.

    Raises:
        CloudError: a part cannot be started; says what to do.
    """
    health: list[Service] = []
    broker = BrokerPart(settings.broker)
    ingest = IngestPart(_spoken(settings), broker)
    http = HttpPart(settings.http, make_app(settings.registry, lambda: health[0].health()))
    service = Service([SigningPart(Repository(settings.registry)), broker, ingest, http])
    health.append(service)

    def ready() -> None:
        host, port = http.address
        assert broker.address is not None
        tell(f"registry  http://{host}:{port}/registry    health  http://{host}:{port}/health")
        tell(f"broker    mqtt://{broker.address.host}:{broker.address.port} ({settings.broker.kind})")
        tell(f"events    {settings.events.store.url}")
        tell("Ctrl-C stops")

    run_until_signal(service, ready)


def _spoken(settings: CloudSettings) -> EventsSettings:
    """The embedded broker speaks MQTT 3.1.1 alone; nothing else need be tried with it."""
    if settings.broker.kind == "embedded" and settings.events.protocol == "auto":
        return settings.events.model_copy(update={"protocol": "3.1.1"})
    return settings.events
