"""What waits while the spool cannot be written: bounded, and the least worth gives way, the oldest among equals."""

from linewatch.edge.decide.draft import Draft
from linewatch.edge.decide.event import AnomalyEvent, Event, Phase, Severity
from linewatch.edge.spool.worth import Worth

_MOST = 1000
_MOST_BYTES = 32 << 20
_EVENT_BYTES = 1024
_BY_SEVERITY = {Severity.LOW: Worth.LOW, Severity.MEDIUM: Worth.MEDIUM, Severity.HIGH: Worth.HIGH}


class Backlog:
    """Events in their order. Of one thread."""

    def __init__(self, most: int = _MOST, most_bytes: int = _MOST_BYTES) -> None:
        """Hold `most` events, and of more than one at most `most_bytes` bytes."""
        self._most = most
        self._most_bytes = most_bytes
        self._events: list[Event] = []
        self._bytes = 0
        self._begun: set[str] = set()

    def __len__(self) -> int:
        return len(self._events)

    def add(self, event: Event) -> list[Event]:
        """Append it; gives what had to go for it, itself perhaps."""
        self._events.append(event)
        self._bytes += _size(event)
        gone = []
        while len(self._events) > self._most or (self._bytes > self._most_bytes and len(self._events) > 1):
            gone.append(self._pop(min(range(len(self._events)), key=self._worth)))
        return gone

    def first(self) -> Event:
        """The oldest."""
        return self._events[0]

    def kept(self) -> None:
        """The oldest is in the spool now."""
        event = self._pop(0)
        if event.phase is Phase.CLOSED:
            self._begun.discard(event.event_id)
        else:
            self._begun.add(event.event_id)

    def lost(self) -> None:
        """The oldest can never be kept."""
        self._pop(0)

    def _pop(self, at: int) -> Event:
        event = self._events.pop(at)
        self._bytes -= _size(event)
        return event

    def _worth(self, at: int) -> Worth:
        event = self._events[at]
        # Without it, an event that is known would be open for ever.
        ends = event.phase is Phase.CLOSED and event.event_id in self._begun
        return max(worth(event), Worth.ENDS) if ends else worth(event)


def worth(said: Draft | Event) -> Worth:
    """What it is worth by itself, as it will be in the spool."""
    if said.phase is Phase.UPDATED:
        return Worth.UPDATED
    if isinstance(said, Draft | AnomalyEvent):
        return _BY_SEVERITY.get(said.severity or Severity.MEDIUM, Worth.MEDIUM)
    return Worth.DEVICE


def _size(event: Event) -> int:
    evidence = event.evidence if isinstance(event, AnomalyEvent) else None
    if evidence is None:
        return _EVENT_BYTES
    return _EVENT_BYTES + len(evidence.crop_jpeg) + len(evidence.heat_map.cells) + len(evidence.clip)
