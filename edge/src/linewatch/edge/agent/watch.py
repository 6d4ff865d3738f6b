"""Keeps people and the cloud informed while the agent runs."""

import time
from collections.abc import Callable, Iterator, Set

from structlog.typing import FilteringBoundLogger

from linewatch.edge.agent.report import AgentReport, CameraReport
from linewatch.edge.decide.alarm_rate import BROKEN_FACTOR
from linewatch.edge.local.status import UNTAUGHT, LocalStatus

_PROGRESS_S = 10.0
_FRAMES_OF_A_PART = 1000
"""Judged frames after which a part should have been seen."""
_ENOUGH_FRAMES = 200
"""Judged frames after which something normal should have been seen."""
_MOST_ANOMALOUS = 0.9
"""Share of a camera's frames from which on they are taken for pictures of another kind, not for defects."""


_STRANGE = "nearly every frame so far is anomalous: the bundle was taught from other pictures than this camera gives"
_MANY_ALARMS = (
    "far more alarms than promised: look at the last events; if they are false, teach the bundle from pictures of this "
    "camera, or return to the one before (linewatch-edge bundle rollback)"
)
_NO_PART = (
    "no part was seen yet: number parts by a trigger, or set part.by to gap; with gap, look at part.gate, "
    "part.contrast and part.cover, and give a picture of the empty view (part.empty)"
)


def is_strange(camera: CameraReport) -> bool:
    """Whether so many of its frames are anomalous that the bundle does not know such pictures."""
    judged = camera.frames_judged
    return judged >= _ENOUGH_FRAMES and camera.frames_anomalous >= _MOST_ANOMALOUS * judged


class Watch:
    """Logs progress now and then, and has the status announced when what matters in it changed."""

    def __init__(self, log: FilteringBoundLogger, announce: Callable[[], None]) -> None:
        """Log to `log`; `announce` tells the device's status to the cloud."""
        self._log = log
        self._announce = announce
        self._told_s = time.monotonic()
        self._told_frames = 0
        self._strange: set[str] = set()
        self._broken: set[str] = set()
        self._partless: set[str] = set()
        self._last: tuple[object, ...] = ()
        self.standing: tuple[str, ...] = ()
        """What was warned of and still holds, for people."""

    def look(self, report: AgentReport, update_refusal: str, local: LocalStatus = UNTAUGHT) -> None:
        """Take a look at the agent."""
        matters = (report.bundle_digest, update_refusal, local, *(camera.alive for camera in report.cameras))
        if matters != self._last:
            self._last = matters
            self._announce()
        self._warn(report)
        self._warn_of_alarms(report)
        self._warn_of_parts(report)
        self.standing = tuple(_standing(report, self._broken))
        passed_s = time.monotonic() - self._told_s
        if passed_s >= _PROGRESS_S:
            self._log_progress(report, passed_s)

    def _warn(self, report: AgentReport) -> None:
        """Tell, once for each camera, that a bundle finds next to nothing normal in what it shows."""
        for camera in report.cameras:
            if camera.camera in self._strange or not is_strange(camera):
                continue
            self._strange.add(camera.camera)
            self._log.warning(
                _STRANGE,
                camera=camera.camera,
                frames=camera.frames_judged,
                anomalous=camera.frames_anomalous,
            )

    def _warn_of_alarms(self, report: AgentReport) -> None:
        """Tell when a camera begins to raise far more alarms than promised, and when it no longer does."""
        for camera in report.cameras:
            recent, known = camera.alarms.recent, camera.camera in self._broken
            # It has to come down a good way to be mended, lest it be told again and again.
            if known == recent.broken or (known and recent.per_hour > BROKEN_FACTOR * (recent.promised_per_hour or 0)):
                continue
            self._broken ^= {camera.camera}
            figures = {"per_hour": round(recent.per_hour, 1), "promised": recent.promised_per_hour}
            if recent.broken:
                self._log.warning(
                    _MANY_ALARMS,
                    camera=camera.camera,
                    at_least_per_hour=round(recent.at_least_per_hour, 1),
                    **figures,
                )
            else:
                self._log.info("alarms are as promised again", camera=camera.camera, **figures)

    def _warn_of_parts(self, report: AgentReport) -> None:
        """Tell, once for each camera, that no part was seen where each is to get a verdict."""
        for camera in report.cameras:
            if _is_partless(camera) and camera.camera not in self._partless:
                self._partless.add(camera.camera)
                self._log.warning(
                    _NO_PART,
                    camera=camera.camera,
                    frames=camera.frames_judged,
                )

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


def _is_partless(camera: CameraReport) -> bool:
    parts = camera.parts
    seen = parts is None or parts.good or parts.bad or parts.unsure
    return not seen and camera.frames_judged >= _FRAMES_OF_A_PART


def _standing(report: AgentReport, broken: Set[str]) -> Iterator[str]:
    for camera in report.cameras:
        if is_strange(camera):
            yield f"{camera.camera}: {_STRANGE}"
        if camera.camera in broken:
            yield f"{camera.camera}: {_MANY_ALARMS}"
        if _is_partless(camera):
            yield f"{camera.camera}: {_NO_PART}"
