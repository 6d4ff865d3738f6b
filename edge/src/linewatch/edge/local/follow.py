"""Lets a running agent judge by what it is taught, as soon as it is taught."""

import time

from structlog.typing import FilteringBoundLogger

from linewatch.edge.errors import LocalChangeRefused
from linewatch.edge.infer.engine import Engine
from linewatch.edge.local.again import waiting
from linewatch.edge.local.change import Change
from linewatch.edge.local.effect import taught_to
from linewatch.edge.local.entry import Entry
from linewatch.edge.local.journal import Journal, check_signed, in_force
from linewatch.edge.local.status import LocalStatus
from linewatch.edge.local.subject import subject_of
from linewatch.edge.local.suggestions import Suggestions

_AGAIN_S = 5.0
"""Between two tries to tell what could not be told."""


class LocalFollower:
    """Looks at the journal; when it changed, the engine judges by it from the next frame on. Of one thread."""

    def __init__(self, journal: Journal, engine: Engine, suggestions: Suggestions, log: FilteringBoundLogger) -> None:
        """Follow `journal`."""
        self._journal = journal
        self._engine = engine
        self._suggestions = suggestions
        self._log = log
        self._seen: tuple[int, ...] | None = None
        self._entries: list[Entry] = []
        self._told = True
        self._said_of: str | None = ""
        self._tell_at_s = 0.0

    def look(self) -> None:
        """Take over what changed."""
        stamp = self._journal.stamp()
        if stamp != self._seen:
            entries = self._journal.entries()
            if entries != self._entries:
                self._engine.adjust(lambda model: taught_to(model, entries))
                self._entries = entries
                self._told = False
                self._said_of = None
            self._seen = stamp
        self._say()
        if not self._told and time.monotonic() >= self._tell_at_s:
            self._told = self._suggestions.tell(self._entries)
            self._tell_at_s = 0.0 if self._told else time.monotonic() + _AGAIN_S

    def status(self) -> LocalStatus:
        """What is in force for the bundle that serves now. May be called from any thread."""
        entries, model = self._entries, self._engine.serving
        if model is None:
            return LocalStatus()
        try:
            made = in_force(entries, model.digest, model.target.name)
        except LocalChangeRefused as error:
            return LocalStatus(trouble=str(error))
        return LocalStatus(in_force=tuple(map(_words, made)), elsewhere=len(waiting(entries, subject_of(model))))

    def _say(self) -> None:
        """What applies to the bundle that serves, once for each bundle and whenever something is taught."""
        model = self._engine.serving
        serving = "" if model is None else model.digest
        if self._said_of == serving or not self._entries:
            return
        self._said_of = serving
        try:
            check_signed(self._entries)
        except LocalChangeRefused as error:
            self._log.error("local changes refused", reason=str(error))
            return
        if model is None:
            return
        made = in_force(self._entries, model.digest, model.target.name)
        standing = [entry.change for entry in self._entries if entry.change is not None and not entry.change.undone]
        others = [_words(change) for change in standing if change not in made]
        self._log.info("local changes", bundle=serving, in_force=list(map(_words, made)), not_applying=others)


def _words(change: Change) -> str:
    return f"{change.number}: {change.what}" + (f" ({change.words})" if change.words else "")
