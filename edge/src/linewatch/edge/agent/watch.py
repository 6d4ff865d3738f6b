"""Keeps people and the cloud informed while the agent runs."""

import time
from collections.abc import Callable

from structlog.typing import FilteringBoundLogger

from linewatch.edge.agent.report import AgentReport

_PROGRESS_S = 10.0


class Watch:
    """Logs progress now and then, and has the status announced when what matters in it changed."""

    def __init__(self, log: FilteringBoundLogger, announce: Callable[[], None]) -> None:
        """Log to `log`; `announce` tells the device's status to the cloud."""
        self._log = log
        self._announce = announce
        self._told_s = time.monotonic()
        self._told_frames = 0
        self._last: tuple[object, ...] = ()

    def look(self, report: AgentReport, update_refusal: str) -> None:
        """Take a look at the agent."""
        matters = (report.bundle_digest, update_refusal, *(camera.alive for camera in report.cameras))
        if matters != self._last:
            self._last = matters
            self._announce()
        passed_s = time.monotonic() - self._told_s
        if passed_s >= _PROGRESS_S:
            self._log_progress(report, passed_s)

    def _log_progress(self, report: AgentReport, passed_s: float) -> None:
        fps = (report.frames - self._told_frames) / passed_s
        self._told_s += passed_s
        self._told_frames = report.frames
        self._log.info(
            "progress",
            frames=report.frames,
            fps=round(fps, 1),
            skipped=report.frames_skipped,
            opened=report.events_opened,
            closed=report.events_closed,
        )
