"""Writes `linewatch-edge.json`, the Grafana dashboard over the metrics of devices: run it after a change."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

PLACE = Path(__file__).with_name("linewatch-edge.json")
_WIDTH = 24
_SOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
_DEVICE = 'instance=~"$device"'
_CAMERA = f'{_DEVICE},camera=~"$camera"'


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One panel.

    Attributes:
        title, text: what it is called, and what it says.
        queries: pairs of an expression and the legend of its series.
        unit: one of Grafana's.
        kind: one of Grafana's.
        width, height: of 24 columns, and in rows.
        bad_from: values from here on are red.
        bad_below: values below are red.
    """

    title: str
    text: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 8
    height: int = 8
    bad_from: float | None = None
    bad_below: float | None = None


def _stat(title: str, text: str, query: str, **more: Any) -> Panel:  # noqa: ANN401
    return Panel(title=title, text=text, queries=((query, ""),), kind="stat", width=4, height=4, **more)


ROWS: tuple[tuple[str, tuple[Panel, ...]], ...] = (
    (
        "At a glance",
        (
            _stat(
                "Silent cameras",
                "Cameras that deliver nothing now.",
                f"count(linewatch_camera_up{{{_CAMERA}}} == 0) or vector(0)",
                bad_from=1,
            ),
            _stat(
                "Frames judged",
                "Over all cameras, each second.",
                f"sum(rate(linewatch_frames_judged_total{{{_CAMERA}}}[$__rate_interval]))",
                unit="cps",
            ),
            _stat(
                "Events, last hour",
                "Events that opened.",
                f'sum(increase(linewatch_events_total{{{_CAMERA},phase="opened"}}[1h]))',
            ),
            _stat(
                "Broken promises",
                "Cameras with far more alarms than promised.",
                f"sum(linewatch_promise_broken{{{_CAMERA}}})",
                bad_from=1,
            ),
            _stat(
                "Brokers away",
                "Devices that cannot reach their broker; what they have to say waits in their spools.",
                f"count(linewatch_broker_up{{{_DEVICE}}} == 0) or vector(0)",
                bad_from=1,
            ),
            _stat(
                "Messages lost",
                "Messages that could not be kept, since the start. There should be none, ever.",
                f"sum(linewatch_events_lost_total{{{_DEVICE}}})",
                bad_from=1,
            ),
        ),
    ),
    (
        "Cameras",
        (
            Panel(
                title="Cameras that deliver",
                text="1 while a camera delivers, 0 while it is silent.",
                queries=((f"linewatch_camera_up{{{_CAMERA}}}", "{{instance}} {{camera}}"),),
                kind="state-timeline",
                width=12,
                bad_below=1,
            ),
            Panel(
                title="Failures",
                text="How often cameras failed in an hour. Each is opened again by itself.",
                queries=((f"increase(linewatch_camera_failures_total{{{_CAMERA}}}[1h])", "{{instance}} {{camera}}"),),
                width=12,
            ),
            Panel(
                title="Frames judged",
                text="Frames that were judged, each second.",
                queries=(
                    (f"rate(linewatch_frames_judged_total{{{_CAMERA}}}[$__rate_interval])", "{{instance}} {{camera}}"),
                ),
                unit="cps",
            ),
            Panel(
                title="Frames captured but not judged",
                text="By reason. Overrun: frames come faster than they are judged, and the newest win.",
                queries=(
                    (
                        "sum by (camera, reason) "
                        f"(rate(linewatch_frames_skipped_total{{{_CAMERA}}}[$__rate_interval]))",
                        "{{camera}} {{reason}}",
                    ),
                    (
                        f"sum by (camera) (rate(linewatch_frames_unreadable_total{{{_CAMERA}}}[$__rate_interval]))",
                        "{{camera}} unreadable",
                    ),
                ),
                unit="cps",
            ),
            Panel(
                title="Capture to decision",
                text="Time that half, and 99 %, of the frames did not exceed.",
                queries=tuple(
                    (
                        f"histogram_quantile({share}, sum by (le, camera) "
                        f"(rate(linewatch_frame_latency_seconds_bucket{{{_CAMERA}}}[$__rate_interval])))",
                        f"{{{{camera}}}} {name}",
                    )
                    for share, name in ((0.5, "p50"), (0.99, "p99"))
                ),
                unit="s",
            ),
        ),
    ),
    (
        "Anomalies",
        (
            Panel(
                title="Anomalous frames",
                text="Share of the judged frames that were anomalous.",
                queries=(
                    (
                        f"rate(linewatch_frames_anomalous_total{{{_CAMERA}}}[$__rate_interval]) / "
                        f"rate(linewatch_frames_judged_total{{{_CAMERA}}}[$__rate_interval])",
                        "{{instance}} {{camera}}",
                    ),
                ),
                unit="percentunit",
            ),
            Panel(
                title="Events",
                text="Events that opened, in an hour.",
                queries=(
                    (
                        f'increase(linewatch_events_total{{{_CAMERA},phase="opened"}}[1h])',
                        "{{instance}} {{camera}}",
                    ),
                ),
            ),
            Panel(
                title="Alarms against the promise",
                text="Events an hour over the last hours, and how many were promised at most.",
                queries=(
                    (f'linewatch_alarms_per_hour{{{_CAMERA},bound=""}}', "{{camera}}"),
                    (f"linewatch_alarms_promised_per_hour{{{_CAMERA}}}", "{{camera}} promised"),
                    (f"linewatch_alarms_predicted_per_hour{{{_CAMERA}}}", "{{camera}} expected"),
                ),
            ),
            Panel(
                title="Parts",
                text="Parts of a line by their verdict, in an hour.",
                queries=(
                    (f"increase(linewatch_parts_total{{{_CAMERA}}}[1h])", "{{camera}} {{verdict}}"),
                    (f"increase(linewatch_part_verdicts_unheard_total{{{_CAMERA}}}[1h])", "{{camera}} unheard"),
                ),
            ),
        ),
    ),
    (
        "Spool and cloud",
        (
            Panel(
                title="Spools in trouble",
                text="1 while a disk is full, or writing fails: the least worth gives way, or waits in memory.",
                queries=(
                    (f"linewatch_spool_disk_full{{{_DEVICE}}}", "{{instance}} disk full"),
                    (f"linewatch_spool_failing{{{_DEVICE}}}", "{{instance}} not written"),
                ),
                kind="state-timeline",
                width=24,
                height=6,
                bad_from=1,
            ),
            Panel(
                title="Messages that wait",
                text="In the spool, for the cloud's acknowledgement.",
                queries=((f"linewatch_spool_messages{{{_DEVICE}}}", "{{instance}}"),),
            ),
            Panel(
                title="Bytes that wait",
                text="In the spool. A full one gives up what is worth least.",
                queries=((f"linewatch_spool_bytes{{{_DEVICE}}}", "{{instance}}"),),
                unit="bytes",
            ),
            Panel(
                title="Messages given up or lost",
                text="For want of room in the spool, or because they could not be kept; in an hour.",
                queries=(
                    (f"increase(linewatch_spool_evicted_total{{{_DEVICE}}}[1h])", "{{instance}} given up"),
                    (f"increase(linewatch_events_lost_total{{{_DEVICE}}}[1h])", "{{instance}} lost"),
                ),
            ),
            Panel(
                title="Messages",
                text="Sent, sent again, and acknowledged by the cloud, each second.",
                queries=(
                    (f"rate(linewatch_messages_published_total{{{_DEVICE}}}[$__rate_interval])", "{{instance}} sent"),
                    (f"rate(linewatch_messages_resent_total{{{_DEVICE}}}[$__rate_interval])", "{{instance}} again"),
                    (
                        f"rate(linewatch_messages_acknowledged_total{{{_DEVICE}}}[$__rate_interval])",
                        "{{instance}} acknowledged",
                    ),
                ),
                unit="cps",
            ),
            Panel(
                title="Uplink",
                text="Bytes sent each second, estimated.",
                queries=((f"rate(linewatch_sent_bytes_total{{{_DEVICE}}}[$__rate_interval])", "{{instance}}"),),
                unit="Bps",
            ),
            Panel(
                title="Kept off the line",
                text="Bytes of captured frames that were not sent, as a share of all that was captured.",
                queries=(
                    (
                        f"1 - increase(linewatch_camera_sent_bytes_total{{{_CAMERA}}}[1h]) / "
                        f"increase(linewatch_camera_captured_bytes_total{{{_CAMERA}}}[1h])",
                        "{{instance}} {{camera}}",
                    ),
                ),
                unit="percentunit",
                width=12,
            ),
            Panel(
                title="Broker",
                text="1 while the broker is connected.",
                queries=((f"linewatch_broker_up{{{_DEVICE}}}", "{{instance}}"),),
                kind="state-timeline",
                width=12,
                bad_below=1,
            ),
        ),
    ),
    (
        "Bundles and updates",
        (
            Panel(
                title="Bundles that serve",
                text="Name, release and digest on each device.",
                queries=((f"linewatch_bundle_info{{{_DEVICE}}}", ""),),
                kind="table",
            ),
            Panel(
                title="Taught here",
                text="Changes that devices were taught on the spot, refusals, and frames that are normal by them.",
                queries=(
                    (f"linewatch_local_changes{{{_DEVICE}}}", "{{instance}} changes, standing: {{standing}}"),
                    (f"linewatch_local_refused{{{_DEVICE}}}", "{{instance}} refused"),
                    (
                        f"increase(linewatch_frames_taught_good_total{{{_CAMERA}}}[1h])",
                        "{{instance}} {{camera}} frames taught good",
                    ),
                ),
            ),
            Panel(
                title="Updates",
                text="1 while the newest release is refused, or the registry cannot be reached.",
                queries=(
                    (f"linewatch_update_refused{{{_DEVICE}}}", "{{instance}} refused"),
                    (f"linewatch_update_failing{{{_DEVICE}}}", "{{instance}} failing"),
                ),
                kind="state-timeline",
                bad_from=1,
            ),
        ),
    ),
    (
        "Devices",
        (
            Panel(
                title="Memory of the agent",
                text="Of its main process; each camera has one of its own beside it.",
                queries=((f"process_resident_memory_bytes{{{_DEVICE}}}", "{{instance}}"),),
                unit="bytes",
            ),
            Panel(
                title="Processors in use",
                text="By the agent's main process.",
                queries=((f"rate(process_cpu_seconds_total{{{_DEVICE}}}[$__rate_interval])", "{{instance}}"),),
            ),
            Panel(
                title="Room for the state folder",
                text="Bytes that are free on its disk.",
                queries=((f"linewatch_state_free_bytes{{{_DEVICE}}}", "{{instance}}"),),
                unit="bytes",
            ),
        ),
    ),
)


def dashboard(rows: Sequence[tuple[str, Sequence[Panel]]] = ROWS) -> Json:
    """The dashboard as Grafana imports it."""
    return {
        "title": "Linewatch devices",
        "uid": "linewatch-edge",
        "description": "Cameras, anomalies, spools and bundles of devices that run linewatch-edge.",
        "tags": ["linewatch"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": _variables()},
        "panels": list(_panels(rows)),
    }


def _variables() -> list[Json]:
    chosen = {"selected": True, "text": "All", "value": "$__all"}
    several = {"includeAll": True, "multi": True, "refresh": 2, "sort": 1, "type": "query", "datasource": _SOURCE}
    return [
        {"name": "datasource", "label": "Source", "type": "datasource", "query": "prometheus"},
        {
            **several,
            "name": "device",
            "label": "Device",
            "query": "label_values(linewatch_build_info, instance)",
            "current": chosen,
        },
        {
            **several,
            "name": "camera",
            "label": "Camera",
            "query": f"label_values(linewatch_camera_up{{{_DEVICE}}}, camera)",
            "current": chosen,
        },
    ]


def _panels(rows: Sequence[tuple[str, Sequence[Panel]]]) -> Iterator[Json]:
    number, top = 0, 0
    for title, panels in rows:
        number += 1
        yield {
            "id": number,
            "type": "row",
            "title": title,
            "collapsed": False,
            "panels": [],
            "gridPos": {"x": 0, "y": top, "w": _WIDTH, "h": 1},
        }
        top += 1
        left = height = 0
        for panel in panels:
            if left + panel.width > _WIDTH:
                left, top, height = 0, top + height, 0
            number += 1
            yield _panel(panel, number, left, top)
            left, height = left + panel.width, max(height, panel.height)
        top += height


def _panel(panel: Panel, number: int, left: int, top: int) -> Json:
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.text,
        "datasource": _SOURCE,
        "gridPos": {"x": left, "y": top, "w": panel.width, "h": panel.height},
        "fieldConfig": {"defaults": {"unit": panel.unit, **_colours(panel)}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}} if panel.kind == "timeseries" else {},
        "targets": [_target(panel, at, query, legend) for at, (query, legend) in enumerate(panel.queries)],
    }


def _target(panel: Panel, at: int, query: str, legend: str) -> Json:
    as_table = {"instant": True, "format": "table"} if panel.kind == "table" else {}
    return {"refId": chr(ord("A") + at), "datasource": _SOURCE, "expr": query, "legendFormat": legend, **as_table}


def _colours(panel: Panel) -> Json:
    if panel.bad_from is not None:
        steps: list[Json] = [{"color": "green", "value": None}, {"color": "red", "value": panel.bad_from}]
    elif panel.bad_below is not None:
        steps = [{"color": "red", "value": None}, {"color": "green", "value": panel.bad_below}]
    else:
        return {"min": 0} if panel.kind == "timeseries" else {}
    return {"color": {"mode": "thresholds"}, "thresholds": {"mode": "absolute", "steps": steps}}


def text() -> str:
    """The file."""
    return json.dumps(dashboard(), indent=1) + "\n"


if __name__ == "__main__":
    PLACE.write_text(text(), encoding="utf-8")
