"""Makes the broker that the settings ask for."""

from linewatch.cloud.broker.port import Address, Broker, ExternalBroker
from linewatch.cloud.broker.settings import BrokerSettings


def make_broker(settings: BrokerSettings) -> Broker:
    """The adapter for `settings`, not started.

    Raises:
        ConfigurationError: the users file cannot be used.
    """
    if settings.kind == "external":
        return ExternalBroker(Address(settings.host, settings.port))
    from linewatch.cloud.broker.embedded import EmbeddedBroker

    return EmbeddedBroker(settings)
