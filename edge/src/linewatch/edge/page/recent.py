"""The last events, for people."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

from linewatch.edge.decide.event import AnomalyEvent, Event, Phase

_MOST_BYTES = 12 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """One event: the last message about it, and when the first one was made (nanoseconds since 1970)."""

    event: Event
    began_unix_ns: int

    @property
    def open(self) -> bool:
        """Whether it goes on."""
        return self.event.phase is not Phase.CLOSED

    @property
    def size(self) -> int:
        """About how many bytes it takes here."""
        evidence = self.event.evidence if isinstance(self.event, AnomalyEvent) else None
        if evidence is None:
            return 1024
        return 1024 + len(evidence.crop_jpeg) + len(evidence.heat_map.cells) + len(evidence.clip)


class RecentEvents:
    """Folds messages into events, and forgets the oldest beyond a number and a size. Safe from any thread."""

    def __init__(self, most: int, most_bytes: int = _MOST_BYTES) -> None:
        """Keep `most` events, and at most `most_bytes` bytes of them."""
        self._most = most
        self._most_bytes = most_bytes
        self._seen: OrderedDict[str, Seen] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def add(self, event: Event) -> None:
        """Take a message."""
        with self._lock:
            known = self._seen.get(event.event_id)
            began = known.began_unix_ns if known else event.time_unix_ns
            seen = Seen(event=_joined(event, known.event) if known else event, began_unix_ns=began)
            self._bytes += seen.size - (known.size if known else 0)
            self._seen[event.event_id] = seen
            while len(self._seen) > self._most or (self._bytes > self._most_bytes and len(self._seen) > 1):
                self._bytes -= self._seen.pop(self._least_wanted()).size

    def _least_wanted(self) -> str:
        """The oldest that is over; one that goes on only where there is no other."""
        over = (event_id for event_id, seen in self._seen.items() if not seen.open)
        return next(over, next(iter(self._seen)))

    def newest(self) -> list[Seen]:
        """All of them, the one that began last first."""
        with self._lock:
            return list(reversed(self._seen.values()))

    def find(self, event_id: str) -> Seen | None:
        """One of them."""
        with self._lock:
            return self._seen.get(event_id)


def _joined(event: Event, before: Event) -> Event:
    """The newer message, with the pictures and the film that only an earlier one brought."""
    if not isinstance(event, AnomalyEvent) or not isinstance(before, AnomalyEvent) or before.evidence is None:
        return event
    if event.evidence is None:
        return replace(event, evidence=before.evidence)
    if event.evidence.clip or not before.evidence.clip:
        return event
    known = before.evidence
    return replace(event, evidence=replace(event.evidence, clip=known.clip, clip_type=known.clip_type))
