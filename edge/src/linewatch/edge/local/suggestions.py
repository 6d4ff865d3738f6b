"""Offers the cloud what was taught here, each change once, and once more when it is taken back."""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import TypeAlias

from structlog.typing import FilteringBoundLogger

from linewatch.edge.decide.event import SuggestionEvent
from linewatch.edge.errors import EventTooLarge, SpoolError, TryAgain
from linewatch.edge.local.change import Change
from linewatch.edge.local.entry import Entry
from linewatch.edge.local.journal import Journal
from linewatch.edge.update.durable import guarding_disk, write_whole

Record: TypeAlias = Callable[[SuggestionEvent], object]

_LONGEST = 200
"""Characters of a reason."""


class Suggestions:
    """Puts changes into the spool, which keeps them until the cloud has them. Of one thread.

    What was told is remembered beside the journal. An agent that dies between the two tells a change again, under the
    same event and with the same bytes.
    """

    def __init__(
        self, journal: Journal, record: Callable[[SuggestionEvent], object], log: FilteringBoundLogger
    ) -> None:
        """Tell of `journal` by `record`, which makes an event durable or raises SpoolError."""
        self._path = journal.folder / "told.json"
        self._record = record
        self._log = log
        self._told: set[str] | None = None

    def tell(self, entries: Sequence[Entry]) -> bool:
        """Tell what was not told; False where the disk or the spool refused, and it has to be tried again."""
        if self._told is None:
            self._told = self._read()
        try:
            for entry in entries:
                if entry.change is not None and _identity(entry) not in self._told:
                    self._tell(entry, entry.change, self._told)
        except (SpoolError, TryAgain) as error:
            self._log.warning("local changes wait to be told", reason=str(error))
            return False
        return True

    def _tell(self, entry: Entry, change: Change, told: set[str]) -> None:
        when = change.undone.time_unix_ns if change.undone else change.time_unix_ns
        what = f"taken back: {change.what}" if change.undone else change.what
        words = (change.undone.words if change.undone else change.words).strip()
        reason = _plain(f"local change {change.number}, {what}" + (f": {words}" if words else ""))
        identity = _identity(entry)
        try:
            self._record(SuggestionEvent(event_id=identity, time_unix_ns=when, reason=reason, overlay=entry.data))
            self._log.info("local change told", change=change.number, what=what)
        except EventTooLarge as error:
            self._log.error("local change is too large to be told", change=change.number, reason=str(error))
        told.add(identity)
        with guarding_disk(f"write {self._path}"):
            write_whole(self._path, json.dumps(sorted(told)).encode())

    def _read(self) -> set[str]:
        """A damaged file counts as empty: the worst is that something is told again."""
        try:
            told = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return set()
        return {str(one) for one in told} if isinstance(told, list) else set()


def _identity(entry: Entry) -> str:
    """32 hexadecimal digits, other ones once the change is taken back."""
    return hashlib.sha256(entry.data).hexdigest()[:32]


def _plain(reason: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in reason)[:_LONGEST]
