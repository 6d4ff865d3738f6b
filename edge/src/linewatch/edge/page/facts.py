"""Everything that the page tells, as plain values."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from linewatch.edge.agent.report import CameraReport
from linewatch.edge.decide.alarm_rate import AlarmReport
from linewatch.edge.decide.event import THE_DEVICE, AnomalyEvent, SuggestionEvent
from linewatch.edge.health.metrics import Snapshot
from linewatch.edge.page.recent import Seen
from linewatch.edge.page.tap import Tap

_PERCENT = 100


@dataclass(frozen=True, kw_only=True)
class Device:
    """What the page shows.

    Attributes:
        site, name: of the device.
        snapshot: what it did so far.
        bundle_since_s: since when the bundle serves, seconds since 1970; 0 while none does.
    """

    site: str
    name: str
    snapshot: Callable[[], Snapshot]
    bundle_since_s: Callable[[], float]


def camera_facts(camera: CameraReport, tap: Tap) -> dict[str, object]:
    """One camera; `curve` holds seconds ago and the highest score of that second as a share of the threshold."""
    return {
        "name": camera.camera,
        "delivers": camera.alive,
        "gave_up": camera.gave_up,
        "error": camera.error,
        "failures": camera.failures,
        "judged": camera.frames_judged,
        "anomalous": camera.frames_anomalous,
        "skipped": camera.frames_skipped,
        "skipped_why": {reason: count for reason, count in camera.skipped.items() if count},
        "unreadable": camera.frames_unreadable,
        "fps": round(camera.fps, 1),
        "latency_p50_ms": round(camera.latency_p50_ms, 1),
        "latency_p99_ms": round(camera.latency_p99_ms, 1),
        "events": camera.events_opened,
        "alarms": alarm_text(camera.alarms),
        "promise_broken": camera.alarms.recent.broken,
        "curve": [(ago, round(share, 4)) for ago, share in tap.curve.points(time.monotonic())],
    }


def alarm_text(alarms: AlarmReport) -> str:
    """How many alarms an hour there are, and how many were promised at most; empty before there is an hour's rate."""
    recent = alarms.recent
    if not recent.seconds:
        return ""
    promised = "" if recent.promised_per_hour is None else f", promised {recent.promised_per_hour:.4g}"
    return f"{recent.per_hour:.1f} ({recent.lower_per_hour:.1f} to {recent.upper_per_hour:.1f}){promised}"


def event_facts(seen: Seen) -> dict[str, object]:
    """One event."""
    event = seen.event
    facts: dict[str, object] = {
        "id": event.event_id,
        "camera": event.camera or "the device",
        "began": iso(seen.began_unix_ns),
        "last": iso(event.time_unix_ns),
        "seconds": max(0, (event.time_unix_ns - seen.began_unix_ns) // 10**9),
        "open": seen.open,
    }
    if not isinstance(event, AnomalyEvent):
        return {
            **facts,
            "kind": "camera",
            "title": _health_title(seen),
            "reason": event.reason,
        }
    share = f", {_PERCENT * event.peak_score / event.threshold:.0f} % of the threshold" if event.threshold > 0 else ""
    return {
        **facts,
        "kind": "anomaly",
        "title": event.defect_class or "anomaly",
        "score": f"{event.peak_score:.2f}{share}",
        "frames": event.frames_anomalous,
        "severity": str(event.severity or ""),
        "part": event.part,
        "picture": event.evidence is not None and bool(event.evidence.crop_jpeg),
    }


def _health_title(seen: Seen) -> str:
    if isinstance(seen.event, SuggestionEvent):
        return "local change"
    if seen.event.camera == THE_DEVICE:
        return "trouble of the device" if seen.open else "trouble of the device, over"
    return "camera fails" if seen.open else "camera failed"


def bundle_facts(device: Device, snapshot: Snapshot) -> dict[str, object]:
    """The bundle that serves, what it was taught here, and the update."""
    agent, update, since = snapshot.agent, snapshot.update, device.bundle_since_s()
    return {
        "name": agent.bundle_name,
        "release": agent.bundle_release,
        "digest": agent.bundle_digest,
        "since": iso(int(since * 10**9)) if since else "",
        "swaps": agent.swaps,
        "update": str(update.state) if update else "off",
        "refusal": update.refusal if update else "",
        "trouble": update.trouble if update else "",
        "done_bytes": update.done_bytes if update else 0,
        "total_bytes": update.total_bytes if update else 0,
        "taught": list(snapshot.local.in_force),
        "taught_elsewhere": snapshot.local.elsewhere,
        "taught_refused": snapshot.local.trouble,
    }


def cloud_facts(snapshot: Snapshot) -> dict[str, object]:
    """What waits, and whether anybody takes it."""
    publish = snapshot.publish
    return {
        "waiting": snapshot.spool.waiting_messages,
        "waiting_bytes": snapshot.spool.waiting_bytes,
        "evicted": snapshot.spool.evicted,
        "lost": snapshot.agent.events_lost,
        "broker": publish.about if publish else "none configured",
        "broker_error": publish.last_error if publish and str(publish.state) != "online" else "",
        "acknowledged": publish.acknowledged if publish else 0,
    }


def iso(unix_ns: int) -> str:
    """A time as text that browsers read, in UTC."""
    return datetime.fromtimestamp(unix_ns / 1e9, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
