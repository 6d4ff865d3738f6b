"""A view that was switched off: all it has left to say is that nothing of it holds any more."""

from linewatch.edge.publish.status import DeviceStatus
from linewatch.edge.publish.views.view import Saying
from linewatch.protos import event_pb2


class WithdrawnView:
    """Says nothing; so what earlier runs left at the broker under its name is taken away."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.replays = False
        self.listens = ""
        self.parts_with_will = False

    def will(self) -> None:
        """None."""

    def born(self, status: DeviceStatus) -> list[Saying]:
        """Nothing."""
        del status
        return []

    def event(self, event: event_pb2.Event) -> list[Saying]:
        """Nothing."""
        del event
        return []

    def status(self, status: DeviceStatus) -> list[Saying]:
        """Nothing."""
        del status
        return []

    def heard(self, payload: bytes, status: DeviceStatus) -> list[Saying]:
        """Nothing."""
        del payload, status
        return []

    def farewell(self) -> list[Saying]:
        """Nothing."""
        return []
