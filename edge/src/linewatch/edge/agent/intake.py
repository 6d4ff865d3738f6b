"""Hands what was decided from the workers to the thread that writes it."""

import threading
from typing import TypeAlias

from linewatch.edge.agent.backlog import worth
from linewatch.edge.decide.draft import Draft
from linewatch.edge.decide.event import HealthEvent, Phase
from linewatch.edge.spool.worth import Worth

Said: TypeAlias = Draft | HealthEvent


class Intake:
    """A short queue. Whoever puts something waits for room only so long; then the least worth gives way."""

    def __init__(self, most: int) -> None:
        """Hold `most`: drafts carry whole frames."""
        self._most = most
        self._waiting: list[Said] = []
        self._ended = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def ended(self) -> bool:
        """Whether nothing more comes, and nothing waits."""
        return self._ended and not self._waiting

    def put(self, said: Said, patience_s: float) -> Said | None:
        """Append it; after `patience_s` seconds without room gives what had to go for it, itself perhaps."""
        with self._changed:
            roomy = self._changed.wait_for(lambda: len(self._waiting) < self._most, patience_s)
            self._waiting.append(said)
            self._changed.notify_all()
            if roomy:
                return None
            return self._waiting.pop(min(range(len(self._waiting)), key=self._worth))

    def take(self, patience_s: float | None) -> Said | None:
        """The oldest; None after `patience_s` seconds (None: never), or once it ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended, patience_s)
            if not self._waiting:
                return None
            self._changed.notify_all()
            return self._waiting.pop(0)

    def end(self) -> None:
        """Nothing more comes."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _worth(self, at: int) -> Worth:
        said = self._waiting[at]
        # What ends an event may end one that is known already, which would be open for ever without it.
        return max(worth(said), Worth.ENDS) if said.phase is Phase.CLOSED else worth(said)
