"""What the spool's writer can be asked for."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from linewatch.edge.decide.event import AnomalyEvent, Event, EventIdentity, SuggestionEvent
from linewatch.edge.spool.group import SequenceRange

_ROW_BYTES = 2048
"""About what a message takes beside its evidence, in tables and indexes."""


@dataclass(kw_only=True, slots=True)
class Record:
    """Asks for an event to be kept."""

    event: Event
    done: "Future[EventIdentity]" = field(default_factory=Future)


@dataclass(kw_only=True, slots=True)
class Forget:
    """Asks for acknowledged messages to go."""

    boot: str
    ranges: Sequence[SequenceRange]
    done: "Future[int]" = field(default_factory=Future)


@dataclass(kw_only=True, slots=True)
class Abandon:
    """Asks for a message to go that will never be acknowledged."""

    boot: str
    sequence: int
    done: "Future[None]" = field(default_factory=Future)


@dataclass(kw_only=True, slots=True)
class PassOver:
    """Asks for the numbers of messages to be left out that were given up before they came here."""

    messages: int
    done: "Future[None]" = field(default_factory=Future)


Job = Record | Forget | Abandon | PassOver


def room_for(job: Job) -> int:
    """About how many bytes it takes in the database, and in the copy of an open event."""
    if not isinstance(job, Record):
        return _ROW_BYTES
    event, shown = job.event, 0
    if isinstance(event, SuggestionEvent):
        shown = len(event.overlay)
    elif isinstance(event, AnomalyEvent) and event.evidence is not None:
        shown = len(event.evidence.crop_jpeg) + len(event.evidence.heat_map.cells) + len(event.evidence.clip)
    return 2 * (_ROW_BYTES + shown)


def shows_something(job: Job) -> bool:
    """Whether it is an event that could be kept with less to see."""
    return isinstance(job, Record) and isinstance(job.event, AnomalyEvent) and job.event.evidence is not None
