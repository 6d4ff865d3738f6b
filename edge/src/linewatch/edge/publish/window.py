"""What is on its way: sent, or about to be, and not yet acknowledged by the cloud. Pure: time is given."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from linewatch.edge.publish.patience import Patience
from linewatch.edge.spool.message import SpooledMessage

FIRST_MESSAGES = 64
"""How many may be on their way before anything was acknowledged."""

_LEAST_MESSAGES = 8

SequenceRange = tuple[int, int]
"""First and last sequence number, both inclusive."""


@dataclass(slots=True)
class _Entry:
    message: SpooledMessage
    due: float = 0.0
    attempts: int = 0
    ever_sent: bool = False


class Sending(NamedTuple):
    """Whether a message had never gone out before, and how often it did on this connection."""

    first_ever: bool
    attempts: int


class Window:
    """At most so many messages and bytes, in the order of the spool.

    A message that went out is due again after a time-out that doubles; after a reconnection everything is due at once,
    oldest first. How many it takes follows what the way to the cloud bears: one more for each that is acknowledged,
    half as many when one has to be sent again, so that a thousand devices which drain together do not drown it.
    """

    def __init__(self, *, max_messages: int, max_bytes: int, patience: Patience) -> None:
        self._max_messages = max_messages
        self._limit = min(FIRST_MESSAGES, max_messages)
        self._shrunk_at = 0.0
        self._max_bytes = max_bytes
        self._patience = patience
        self._entries: dict[tuple[str, int], _Entry] = {}
        self._bytes = 0
        self.cursor = 0
        """Position in the spool up to which messages were taken in."""
        self._passed_over = False

    def __len__(self) -> int:
        return len(self._entries)

    def room(self) -> int:
        """How many more messages fit, going by their number alone."""
        return max(0, self._limit - len(self._entries)) if self._bytes < self._max_bytes else 0

    def take(self, message: SpooledMessage) -> bool:
        """Take in the next message of the spool, unless it does not fit; one always fits into an empty window."""
        size = len(message.payload)
        full = len(self._entries) >= self._limit or self._bytes + size > self._max_bytes
        if full and self._entries:
            return False
        self._entries[message.boot, message.sequence] = _Entry(message)
        self._bytes += size
        self.cursor = message.position
        return True

    def due(self, now: float) -> list[SpooledMessage]:
        """What should be sent, oldest first."""
        return [entry.message for entry in self._entries.values() if entry.due <= now]

    def sent(self, message: SpooledMessage, now: float) -> Sending:
        """Note that `message` went out."""
        entry = self._entries[message.boot, message.sequence]
        if entry.attempts:
            self._shrink(now)
        entry.due = now + self._patience.pause(entry.attempts)
        entry.attempts += 1
        first, entry.ever_sent = not entry.ever_sent, True
        return Sending(first_ever=first, attempts=entry.attempts)

    def acknowledged(self, boot: str, ranges: Sequence[SequenceRange]) -> int:
        """Let go of what the cloud has; returns how many messages went."""
        gone = [
            key for key in self._entries if key[0] == boot and any(first <= key[1] <= last for first, last in ranges)
        ]
        for key in gone:
            self._bytes -= len(self._entries.pop(key).message.payload)
        self._limit = min(self._max_messages, self._limit + len(gone))
        return len(gone)

    def pass_over(self, message: SpooledMessage) -> None:
        """Let go of `message`, which cannot go out on this connection; on the next one the spool is read anew."""
        self._entries.pop((message.boot, message.sequence))
        self._bytes -= len(message.payload)
        self._passed_over = True

    def restart(self) -> None:
        """A new connection: everything is due now, and counts as not yet tried."""
        if self._passed_over:
            self._entries.clear()
            self._bytes, self.cursor, self._passed_over = 0, 0, False
        for entry in self._entries.values():
            entry.due = 0.0
            entry.attempts = 0
        self._limit = min(FIRST_MESSAGES, self._max_messages)

    def next_due(self) -> float | None:
        """When something is due next; None when nothing waits."""
        return min((entry.due for entry in self._entries.values()), default=None)

    def _shrink(self, now: float) -> None:
        """Once for all that are sent again together."""
        if now - self._shrunk_at >= self._patience.first_seconds:
            self._shrunk_at = now
            self._limit = max(min(_LEAST_MESSAGES, self._max_messages), self._limit // 2)
