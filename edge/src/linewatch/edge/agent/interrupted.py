"""Ends what a killed agent left open."""

from collections import deque
from dataclasses import replace

from structlog.typing import FilteringBoundLogger

from linewatch.edge.decide.event import AnomalyEvent, Event, Phase
from linewatch.edge.errors import EventTooLarge, SpoolError
from linewatch.edge.spool.spool import Spool


class Interrupted:
    """The events that were open when an earlier agent died. Whatever its cameras still show is a new event."""

    def __init__(self, spool: Spool, log: FilteringBoundLogger) -> None:
        """Find them.

        Raises:
            SpoolError: the spool cannot be read.
        """
        self._spool = spool
        self._log = log
        self._left = deque(spool.interrupted())

    def close(self) -> None:
        """Close them with what was last reported of each. Call again while the spool cannot be written."""
        while self._left:
            event = replace(self._left[0], phase=Phase.CLOSED)
            try:
                self._record(event)
            except SpoolError as error:
                self._log.debug("interrupted events not closed yet", events=len(self._left), reason=str(error))
                return
            self._left.popleft()
            reason = "the agent died while it was open"
            self._log.warning("event closed", camera=event.camera, event_id=event.event_id, reason=reason)

    def _record(self, event: Event) -> None:
        try:
            self._spool.record(event)
        except EventTooLarge:  # the spool was larger when it was opened
            if not isinstance(event, AnomalyEvent):
                raise
            self._spool.record(replace(event, evidence=None))
