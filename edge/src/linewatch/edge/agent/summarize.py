"""Adds up what the stages counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from linewatch.edge.agent.recorder import Recorder
from linewatch.edge.agent.report import AgentReport, CameraReport
from linewatch.edge.capture.attention import Unwatched
from linewatch.edge.capture.camera_thread import CameraThread
from linewatch.edge.decide.desk import Desk
from linewatch.edge.decide.event import Phase
from linewatch.edge.infer.model import Model


@dataclass(frozen=True, slots=True)
class Station:
    """Both ends of one camera's way through the agent."""

    capture: CameraThread
    desk: Desk


def summarize(
    stations: Sequence[Station], overrun: Mapping[str, int], model: Model | None, recorder: Recorder, swaps: int
) -> AgentReport:
    """The report of the whole agent; `overrun` counts frames by camera that gave way to newer ones."""
    cameras = tuple(_report_camera(station, overrun[station.capture.camera.name]) for station in stations)
    frames = sum(camera.frames_judged for camera in cameras)
    seconds = _seconds(stations)
    manifest = model.bundle.manifest if model else None
    return AgentReport(
        bundle_digest=model.digest if model else "",
        bundle_name=manifest.name if manifest else "",
        bundle_release=manifest.release if manifest else 0,
        cameras=cameras,
        frames=frames,
        frames_skipped=sum(camera.frames_skipped for camera in cameras),
        fps=frames / seconds if seconds else 0.0,
        seconds=seconds,
        events_opened=sum(camera.events_opened for camera in cameras),
        events_updated=sum(camera.events_updated for camera in cameras),
        events_closed=sum(camera.events_closed for camera in cameras),
        events_recorded=recorder.recorded,
        events_lost=recorder.lost,
        swaps=swaps,
        runtime=str(model.runtime) if model else "",
        target=model.target.name if model else "",
        events_held=recorder.held,
        trouble=recorder.trouble,
    )


def _report_camera(station: Station, overrun: int) -> CameraReport:
    capture, desk = station.capture.tally, station.desk.tally
    seconds, parts = _seconds([station]), station.desk.parts
    return CameraReport(
        camera=station.capture.camera.name,
        alive=capture.alive,
        gave_up=capture.gave_up,
        error=capture.error,
        failures=capture.failures,
        frames_captured=capture.captured,
        bytes_captured=capture.captured_bytes,
        frames_judged=desk.judged,
        frames_anomalous=desk.anomalous,
        frames_held_back=desk.held_back,
        frames_taught_good=desk.taught_good,
        frames_unreadable=capture.unreadable,
        skipped={
            "overrun": overrun + capture.crowded,
            "stopping": capture.unwanted,
            "inference failed": desk.failed,
            "too early": desk.early,
            str(Unwatched.SCHEDULE): capture.unscheduled,
            str(Unwatched.UNTRIGGERED): capture.untriggered,
        },
        frames_by_bundle=dict(desk.by_bundle),
        events_opened=desk.by_phase[Phase.OPENED],
        events_updated=desk.by_phase[Phase.UPDATED],
        events_closed=desk.by_phase[Phase.CLOSED],
        seconds=seconds,
        fps=desk.judged / seconds if seconds else 0.0,
        latency_p50_ms=1000 * desk.latency.quantile_s(0.5),
        latency_p99_ms=1000 * desk.latency.quantile_s(0.99),
        latency=desk.latency.histogram(),
        parts=replace(parts) if parts else None,
        alarms=station.desk.alarms.report(),
    )


def _seconds(stations: Sequence[Station]) -> float:
    """From the first frame captured to the last one judged, over cameras that have both."""
    busy = [station for station in stations if station.desk.tally.judged]
    if not busy:
        return 0.0
    first = min(station.capture.tally.first_frame_s for station in busy)
    return max(station.desk.tally.last_frame_s for station in busy) - first
