"""Ends what a killed agent left open."""

from dataclasses import replace

from structlog.typing import FilteringBoundLogger

from linewatch.edge.decide.event import Phase
from linewatch.edge.errors import SpoolError
from linewatch.edge.spool.spool import Spool


def close_interrupted(spool: Spool, log: FilteringBoundLogger) -> None:
    """Close the events that were open when an earlier agent died, with what it had last reported of them.

    Whatever its cameras show goes on as a new event. Where the spool cannot be written, the next start tries again.
    """
    try:
        for event in spool.interrupted():
            spool.record(replace(event, phase=Phase.CLOSED))
            reason = "the agent died while it was open"
            log.warning("event closed", camera=event.camera, event_id=event.event_id, reason=reason)
    except SpoolError as error:
        log.error("interrupted events not closed", reason=str(error))
