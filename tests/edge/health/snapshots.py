"""Reports as an agent makes them."""

from dataclasses import replace

from prometheus_client.parser import text_string_to_metric_families

from linewatch.edge.agent.report import AgentReport, CameraReport
from linewatch.edge.decide.alarm_rate import AlarmCount, AlarmReport
from linewatch.edge.decide.latency import Histogram
from linewatch.edge.decide.near_misses import Prediction
from linewatch.edge.decide.part import PartTally
from linewatch.edge.health.metrics import Snapshot, exposition
from linewatch.edge.publish.connection import State
from linewatch.edge.publish.stats import PublishStats
from linewatch.edge.publish.views.herald import HeraldStats
from linewatch.edge.spool.message import SpoolStats
from linewatch.edge.update.machine import State as UpdateState
from linewatch.edge.update.status import UpdateStatus

CAMERA = CameraReport(
    camera="line-1",
    alive=True,
    gave_up=False,
    error="",
    failures=2,
    frames_captured=100,
    bytes_captured=98_304_000,
    bytes_sent=2500,
    frames_judged=90,
    frames_anomalous=7,
    frames_unreadable=3,
    skipped={"overrun": 8, "too early": 2},
    frames_by_bundle={"ab": 90},
    events_opened=4,
    events_updated=5,
    events_closed=3,
    seconds=4.5,
    fps=20.0,
    latency_p50_ms=2.0,
    latency_p99_ms=8.0,
    latency=Histogram(at_most=((0.001, 10), (0.01, 89)), count=90, total_s=0.25),
    alarms=AlarmReport(
        recent=AlarmCount.of(40, 90_000, 3600.0, 2.0),
        predicted=Prediction(per_hour=0.25, lower_per_hour=0.1, upper_per_hour=0.6),
    ),
)
VIEWS = (
    HeraldStats(view="json", online=True, said=12, dropped=3),
    HeraldStats(view="sparkplug-b", last_error="cannot reach <it>"),
)
BROKEN = replace(
    CAMERA, camera="gate & yard", alive=False, error="<no frame for 5 s>", skipped={}, alarms=AlarmReport()
)


def snapshot(*, publish: bool = True, bundle: bool = True) -> Snapshot:
    agent = AgentReport(
        bundle_digest="ab" * 32 if bundle else "",
        bundle_name="washers" if bundle else "",
        bundle_release=7 if bundle else 0,
        runtime="openvino" if bundle else "",
        target="onnx-cpu-int8" if bundle else "",
        cameras=(CAMERA, BROKEN),
        frames=180,
        frames_skipped=10,
        fps=40.0,
        seconds=4.5,
        events_opened=8,
        events_updated=10,
        events_closed=6,
        events_recorded=24,
        events_lost=1,
        swaps=2,
    )
    stats = PublishStats(state=State.ONLINE, published=20, resent=1, acknowledged=19, wire_bytes=5000)
    spool = SpoolStats(recorded=24, waiting_messages=5, waiting_bytes=1234, evicted=1)
    update = UpdateStatus(state=UpdateState.REFUSED, refusal="an older release")
    return Snapshot(
        agent=agent, spool=spool, publish=stats if publish else None, views=VIEWS, update=update, free_bytes=123_456_789
    )


def served_names() -> set[str]:
    """Names of all samples that a device can tell, as a scraper reads them."""
    full = snapshot()
    cameras = (replace(CAMERA, parts=PartTally()), *full.agent.cameras[1:])
    shown = replace(full, agent=replace(full.agent, cameras=cameras))
    families = text_string_to_metric_families(exposition(shown).decode())
    return {sample.name for family in families for sample in family.samples}
