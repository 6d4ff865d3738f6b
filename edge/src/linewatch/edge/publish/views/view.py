"""The port that every view fills."""

from dataclasses import dataclass
from typing import Protocol

from linewatch.edge.publish.status import DeviceStatus
from linewatch.protos import event_pb2


@dataclass(frozen=True, kw_only=True, slots=True)
class Saying:
    """One message to the broker. An empty payload that is retained takes a retained message away."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False


class View(Protocol):
    """Turns events and status into messages. Keeps what it has said in memory, sends nothing itself.

    Attributes:
        name: as `publish.also` calls it.
        replays: events that came while the broker was away are said once it is back; otherwise only where they led to.
        listens: topic of commands; empty for none.
        parts_with_will: a broker of MQTT 5 is asked to say the will at the end as well, after the farewell.
    """

    name: str
    replays: bool
    listens: str
    parts_with_will: bool

    def will(self) -> Saying | None:
        """What the broker says when the device dies; asked anew for each connection."""
        ...

    def born(self, status: DeviceStatus) -> list[Saying]:
        """What is said first on each connection."""
        ...

    def event(self, event: event_pb2.Event) -> list[Saying]:
        """What an event is worth saying."""
        ...

    def status(self, status: DeviceStatus) -> list[Saying]:
        """What has changed since the last status."""
        ...

    def heard(self, payload: bytes, status: DeviceStatus) -> list[Saying]:
        """The answer to a command."""
        ...

    def farewell(self) -> list[Saying]:
        """What is said before the device leaves on purpose: its will may stay unsaid then."""
        ...
