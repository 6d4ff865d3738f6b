"""What the cloud wants of a broker."""

from typing import NamedTuple, Protocol


class Address(NamedTuple):
    """Where clients connect."""

    host: str
    port: int


class Broker(Protocol):
    """Carries messages between devices and cloud. Adapters: `EmbeddedBroker`, `ExternalBroker`."""

    def start(self) -> Address:
        """Be reachable; returns where.

        Raises:
            BrokerError: it cannot be.
        """
        ...

    def stop(self) -> None:
        """Let go of what `start` took. May be called twice."""
        ...


class ExternalBroker:
    """A broker that somebody else runs, for example mosquitto."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def start(self) -> Address:
        """Where it is; whether it answers, its clients find out and keep trying."""
        return self._address

    def stop(self) -> None:
        """Nothing to do: it is not ours."""
