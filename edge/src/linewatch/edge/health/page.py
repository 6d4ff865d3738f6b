"""The status page: one look at everything, made anew every two seconds."""

from collections.abc import Iterable, Sequence
from html import escape

from linewatch.edge.agent.report import CameraReport
from linewatch.edge.counted import counted
from linewatch.edge.decide.alarm_rate import AlarmReport
from linewatch.edge.decide.part import PartTally
from linewatch.edge.health.metrics import Snapshot
from linewatch.edge.local.status import LocalStatus
from linewatch.edge.publish.meter import sent_of

_STYLE = (
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;"
    "padding:0 1rem}table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{text-align:right;padding:.3rem .6rem;"
    "border-bottom:1px solid #8884}th:first-child,td:first-child,td.text{text-align:left}.bad{color:#c0392b;"
    "font-weight:600}.good{color:#1e8449;font-weight:600}.quiet{opacity:.7}"
)
_HEADINGS = (
    "camera",
    "state",
    "frames",
    "frames/s",
    "p99 ms",
    "anomalous",
    "skipped",
    "unreadable",
    "events",
    "alarms/h",
    "sent of captured",
    "",
)


def status_page(snapshot: Snapshot, *, site: str, device: str, refusal: str) -> bytes:
    """The page as HTML; `refusal` is why an update was refused last, if it was."""
    agent, spool, publish = snapshot.agent, snapshot.spool, snapshot.publish
    judging = escape(f"{agent.target} in {agent.runtime}" if agent.runtime else "")
    bundle = f"{agent.bundle_name}, release {agent.bundle_release}" if agent.bundle_digest else "none yet"
    lines = [("warning", f"<span class=bad>{escape(warning)}</span>") for warning in snapshot.warnings]
    lines += [
        ("bundle", f"{escape(bundle)} <span class=quiet>{agent.bundle_digest[:12]} {judging}</span>"),
        ("waiting in the spool", f"{spool.waiting_messages} messages, {spool.waiting_bytes:,} bytes"),
    ]
    if agent.events_held:
        lines.append(("waiting in memory", f"<span class=bad>{counted(agent.events_held, 'message')}</span>"))
    if agent.events_lost:
        lines.append(("messages lost", f"<span class=bad>{agent.events_lost:,}</span>"))
    if spool.evicted:
        lines.append(("messages given up", f"<span class=bad>{spool.evicted:,}</span>"))
    if publish is not None:
        trouble = f" ({escape(publish.last_error)})" if publish.last_error and publish.state != "online" else ""
        lines.append(("broker", f"{escape(publish.about)}{trouble}, {publish.acknowledged} messages acknowledged"))
    for view in snapshot.views:
        state = "online" if view.online else "<span class=bad>away</span>"
        state += f" {escape(view.last_error)}" if view.last_error else ""
        lines.append((f"view {escape(view.view)}", state))
    if refusal:
        lines.append(("update refused", f"<span class=bad>{escape(refusal)}</span>"))
    lines += _local(snapshot.local)
    facts = "".join(f"<tr><th>{name}</th><td class=text>{value}</td></tr>" for name, value in lines)
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta http-equiv=refresh content=2>"
        f"<title>{escape(device)}</title><style>{_STYLE}</style><h1>{escape(device)}</h1>"
        f"<p class=quiet>{escape(site)}</p><table>{facts}</table>{_table(_HEADINGS, map(_row, agent.cameras))}</html>\n"
    ).encode()


def _row(camera: CameraReport) -> Sequence[str]:
    return (
        escape(camera.camera),
        _state(camera),
        f"{camera.frames_judged:,}",
        f"{camera.fps:.1f}",
        f"{camera.latency_p99_ms:.1f}",
        _anomalous(camera),
        f"{camera.frames_skipped:,}",
        f"{camera.frames_unreadable:,}",
        str(camera.events_opened) if camera.parts is None else _parts(camera.parts),
        _alarms(camera.alarms),
        sent_of(camera.bytes_sent, camera.bytes_captured).removeprefix("sent "),
        escape(camera.error),
    )


def _state(camera: CameraReport) -> str:
    if camera.alive:
        return "<span class=good>delivers</span>"
    return f"<span class=bad>{'given up' if camera.gave_up else 'silent'}</span>"


def _parts(parts: PartTally) -> str:
    unseen = {"unsure": parts.unsure, "missed": parts.missed}
    rest = "".join(f", <span class=bad>{count:,} {name}</span>" for name, count in unseen.items() if count)
    return f"{parts.good:,} parts good, {parts.bad:,} bad{rest}"


def _rate(per_hour: float) -> str:
    return f"{per_hour:,.0f}" if per_hour >= 10 else f"{per_hour:.2g}"


def _anomalous(camera: CameraReport) -> str:
    excused = f" <span class=quiet>and {camera.frames_taught_good:,} taught good</span>"
    return f"{camera.frames_anomalous:,}{excused if camera.frames_taught_good else ''}"


def _local(local: LocalStatus) -> list[tuple[str, str]]:
    lines = [("taught here", escape(change)) for change in local.in_force]
    if local.elsewhere:
        others = f"{counted(local.elsewhere, 'change')} to other bundles, not in force here"
        again = f"{others}: <code>linewatch-edge local reapply</code>"
        lines.append(("taught earlier", again))
    if local.trouble:
        lines.append(("taught here", f"<span class=bad>{escape(local.trouble)}</span>"))
    return lines


def _alarms(alarms: AlarmReport) -> str:
    """The counted rate with its interval, then what was promised, then what normal frames let expect."""
    recent, predicted = alarms.recent, alarms.predicted
    if not recent.seconds:
        return ""
    counted = f"{recent.per_hour:.1f} ({recent.lower_per_hour:.1f} to {recent.upper_per_hour:.1f})"
    if recent.broken:
        counted = f"<span class=bad>{counted}</span>"
    promised = "" if recent.promised_per_hour is None else f", promised {_rate(recent.promised_per_hour)}"
    expected = "" if predicted is None else f", expected {_rate(predicted.per_hour)}"
    return f"{counted}<span class=quiet>{promised}{expected}</span>"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{heading}</th>" for heading in headings)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"
