"""What the agent did, in the form that Prometheus scrapes. Names and labels are part of the interface."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from linewatch.edge.agent.report import AgentReport, CameraReport
from linewatch.edge.local.status import UNTAUGHT, LocalStatus
from linewatch.edge.publish.connection import State
from linewatch.edge.publish.stats import PublishStats
from linewatch.edge.publish.views.herald import HeraldStats
from linewatch.edge.spool.message import SpoolStats
from linewatch.edge.update.status import UpdateStatus


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Everything that is told.

    Attributes:
        publish: None where no broker is configured.
        update: None where there are no updates.
        free_bytes: room on the disk of the state folder; None where nobody knows.
        local: what was taught here.
        views: what else is shown at the broker.
        warnings: what is wrong now and goes on, for people.
    """

    agent: AgentReport
    spool: SpoolStats
    publish: PublishStats | None
    update: UpdateStatus | None = None
    free_bytes: int | None = None
    local: LocalStatus = UNTAUGHT
    views: tuple[HeraldStats, ...] = ()
    warnings: tuple[str, ...] = ()


def exposition(snapshot: Snapshot) -> bytes:
    """The text that a scrape is answered with."""
    registry = CollectorRegistry()
    registry.register(_Once(lambda: families(snapshot)))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


def families(snapshot: Snapshot) -> Iterator[Metric]:
    """All metrics."""
    yield from _cameras(snapshot.agent)
    yield from _agent(snapshot.agent)
    yield from _local(snapshot.local)
    yield from _spool(snapshot.spool)
    if snapshot.publish is not None:
        yield from _publish(snapshot.publish)
    yield from _views(snapshot.views)
    if snapshot.update is not None:
        yield from _update(snapshot.update)
    if snapshot.free_bytes is not None:
        yield GaugeMetricFamily(
            "linewatch_state_free_bytes", "Room on the disk of the state folder.", value=snapshot.free_bytes
        )


class _Once(Collector):
    def __init__(self, collect: Callable[[], Iterator[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> Iterator[Metric]:
        return self._collect()


_COUNTS: tuple[tuple[str, str, Callable[[CameraReport], float]], ...] = (
    ("linewatch_frames_captured", "Frames that a camera delivered.", lambda camera: camera.frames_captured),
    ("linewatch_frames_judged", "Frames that were judged.", lambda camera: camera.frames_judged),
    ("linewatch_frames_anomalous", "Frames that were judged anomalous.", lambda camera: camera.frames_anomalous),
    (
        "linewatch_frames_held_back",
        "Anomalous frames while an event cooled down.",
        lambda camera: camera.frames_held_back,
    ),
    (
        "linewatch_frames_taught_good",
        "Frames that are normal because an operator taught so.",
        lambda camera: camera.frames_taught_good,
    ),
    ("linewatch_frames_unreadable", "Frames that could not be decoded.", lambda camera: camera.frames_unreadable),
    (
        "linewatch_camera_captured_bytes",
        "Length of the captured frames as pixels.",
        lambda camera: camera.bytes_captured,
    ),
    ("linewatch_camera_sent_bytes", "Estimate of bytes sent for a camera.", lambda camera: camera.bytes_sent),
    ("linewatch_camera_failures", "Times a camera failed.", lambda camera: camera.failures),
)


def _cameras(agent: AgentReport) -> Iterator[Metric]:
    for name, text, value in _COUNTS:
        family = CounterMetricFamily(name, text, labels=["camera"])
        for camera in agent.cameras:
            family.add_metric([camera.camera], value(camera))
        yield family
    up = GaugeMetricFamily("linewatch_camera_up", "Whether a camera delivers.", labels=["camera"])
    skipped = CounterMetricFamily(
        "linewatch_frames_skipped", "Captured frames that were not judged.", labels=["camera", "reason"]
    )
    latency = HistogramMetricFamily("linewatch_frame_latency_seconds", "From capture to decision.", labels=["camera"])
    events = CounterMetricFamily("linewatch_events", "Messages about anomalies.", labels=["camera", "phase"])
    for camera in agent.cameras:
        up.add_metric([camera.camera], camera.alive)
        for reason, count in camera.skipped.items():
            skipped.add_metric([camera.camera, reason], count)
        buckets = [(f"{most_s:g}", count) for most_s, count in camera.latency.at_most]
        latency.add_metric([camera.camera], [*buckets, ("+Inf", camera.latency.count)], camera.latency.total_s)
        opened, updated, closed = camera.events_opened, camera.events_updated, camera.events_closed
        for phase, count in (("opened", opened), ("updated", updated), ("closed", closed)):
            events.add_metric([camera.camera, phase], count)
    yield from (up, skipped, latency, events)
    yield from _alarms(agent.cameras)
    yield from _parts(agent.cameras)


def _alarms(cameras: Sequence[CameraReport]) -> Iterator[Metric]:
    rate = GaugeMetricFamily(
        "linewatch_alarms_per_hour", "Events an hour over the last hours, with bounds.", labels=["camera", "bound"]
    )
    promised = GaugeMetricFamily("linewatch_alarms_promised_per_hour", "At most so many.", labels=["camera"])
    predicted = GaugeMetricFamily(
        "linewatch_alarms_predicted_per_hour", "False alarms that normal frames let expect.", labels=["camera"]
    )
    broken = GaugeMetricFamily(
        "linewatch_promise_broken", "Whether there are far more than promised.", labels=["camera"]
    )
    for camera in cameras:
        recent, prediction = camera.alarms.recent, camera.alarms.predicted
        bounds = (("", recent.per_hour), ("lower", recent.lower_per_hour), ("upper", recent.upper_per_hour))
        for bound, value in bounds if recent.seconds else ():
            rate.add_metric([camera.camera, bound], value)
        if recent.promised_per_hour is not None:
            promised.add_metric([camera.camera], recent.promised_per_hour)
        if prediction is not None:
            predicted.add_metric([camera.camera], prediction.per_hour)
        broken.add_metric([camera.camera], recent.broken)
    yield from (rate, promised, predicted, broken)


def _parts(cameras: Sequence[CameraReport]) -> Iterator[Metric]:
    parts = CounterMetricFamily(
        "linewatch_parts", "Parts by their verdict; missed ones got none.", labels=["camera", "verdict"]
    )
    unheard = CounterMetricFamily("linewatch_part_verdicts_unheard", "Verdicts that no gate heard.", labels=["camera"])
    for camera in cameras:
        if camera.parts is None:
            continue
        parts_ = camera.parts
        counts = {"good": parts_.good, "bad": parts_.bad, "unsure": parts_.unsure, "missed": parts_.missed}
        for verdict, count in counts.items():
            parts.add_metric([camera.camera, verdict], count)
        unheard.add_metric([camera.camera], camera.parts.unheard)
    yield from (parts, unheard)


def _agent(agent: AgentReport) -> Iterator[Metric]:
    build = GaugeMetricFamily("linewatch_build_info", "The agent itself.", labels=["version"])
    build.add_metric([version("linewatch-edge")], 1)
    yield build
    bundle = GaugeMetricFamily("linewatch_bundle_info", "The bundle that serves.", labels=["name", "release", "digest"])
    if agent.bundle_digest:
        bundle.add_metric([agent.bundle_name, str(agent.bundle_release), agent.bundle_digest], 1)
    yield bundle
    yield CounterMetricFamily("linewatch_bundle_swaps", "Bundles that came to serve.", value=agent.swaps)
    yield CounterMetricFamily("linewatch_events_recorded", "Messages made durable.", value=agent.events_recorded)
    yield CounterMetricFamily("linewatch_events_lost", "Messages that could not be kept.", value=agent.events_lost)
    yield GaugeMetricFamily("linewatch_events_held", "Messages in memory, not yet durable.", value=agent.events_held)


def _local(local: LocalStatus) -> Iterator[Metric]:
    changes = GaugeMetricFamily("linewatch_local_changes", "What was taught here.", labels=["standing"])
    changes.add_metric(["in force"], len(local.in_force))
    changes.add_metric(["of another bundle"], local.elsewhere)
    yield changes
    yield GaugeMetricFamily("linewatch_local_refused", "Whether what was taught is refused.", value=bool(local.trouble))


def _spool(spool: SpoolStats) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "linewatch_spool_messages", "Messages that wait for the cloud.", value=spool.waiting_messages
    )
    yield GaugeMetricFamily("linewatch_spool_bytes", "Bytes that wait for the cloud.", value=spool.waiting_bytes)
    yield CounterMetricFamily(
        "linewatch_spool_evicted", "Messages given up for want of room, or for their age.", value=spool.evicted
    )
    yield GaugeMetricFamily("linewatch_spool_disk_full", "Whether the disk has no more room.", value=spool.disk_full)
    yield GaugeMetricFamily("linewatch_spool_failing", "Whether the last write failed.", value=spool.failing)


def _publish(publish: PublishStats) -> Iterator[Metric]:
    online = publish.state is State.ONLINE
    yield GaugeMetricFamily("linewatch_broker_up", "Whether the broker is connected.", value=online)
    yield CounterMetricFamily("linewatch_messages_published", "Messages sent.", value=publish.published)
    yield CounterMetricFamily("linewatch_messages_resent", "Messages sent again.", value=publish.resent)
    yield CounterMetricFamily(
        "linewatch_messages_acknowledged", "Messages that the cloud committed.", value=publish.acknowledged
    )
    yield CounterMetricFamily("linewatch_sent_bytes", "Estimate of bytes sent.", value=publish.wire_bytes)


def _views(views: Sequence[HeraldStats]) -> Iterator[Metric]:
    up = GaugeMetricFamily("linewatch_view_up", "Whether a view is connected to the broker.", labels=["view"])
    said = CounterMetricFamily("linewatch_view_messages", "Messages that a view said.", labels=["view"])
    dropped = CounterMetricFamily(
        "linewatch_view_dropped", "What a view had no time for, or the broker found too large.", labels=["view"]
    )
    for view in views:
        up.add_metric([view.view], view.online)
        said.add_metric([view.view], view.said)
        dropped.add_metric([view.view], view.dropped)
    yield from (up, said, dropped)


def _update(update: UpdateStatus) -> Iterator[Metric]:
    state = GaugeMetricFamily("linewatch_update_info", "Where the update is.", labels=["state"])
    state.add_metric([str(update.state)], 1)
    yield state
    yield GaugeMetricFamily(
        "linewatch_update_refused", "Whether the newest release was refused.", value=bool(update.refusal)
    )
    yield GaugeMetricFamily(
        "linewatch_update_failing", "Whether the last look at the registry failed.", value=bool(update.trouble)
    )
