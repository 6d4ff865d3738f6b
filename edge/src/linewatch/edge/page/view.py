"""The pages as HTML. They are whole without their script, which keeps them up to date."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from linewatch.edge.counted import counted
from linewatch.edge.decide.event import AnomalyEvent, Evidence
from linewatch.edge.page.chart import curve_chart
from linewatch.edge.page.facts import Device
from linewatch.edge.page.recent import Seen

Facts = Mapping[str, Any]


def login_page(device: Device, reason: str) -> bytes:
    """Where the password is asked; `reason` says why it was not taken."""
    said = f'<p class="alert" role="alert">{escape(reason)}</p>' if reason else ""
    return _whole(
        f"Log in - {device.name}",
        f'<main class="login"><h1>{escape(device.name)}</h1><p class="quiet">{escape(device.site)}</p>{said}'
        '<form method="post" action="/login"><label for="password">Password</label>'
        '<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>'
        '<button class="main">Log in</button></form></main>',
    )


def live_page(device: Device, state: Facts, form_token: str) -> bytes:
    """Cameras, the last events, the bundle."""
    cameras = "".join(map(_camera, state["cameras"]))
    body = (
        f'<div id="warnings" role="status">{_warnings(state["warnings"])}</div>'
        f'<section class="tiles" aria-label="Summary">{_tiles(state)}</section>'
        '<section aria-labelledby="cameras"><div class="bar"><h2 id="cameras">Cameras</h2>'
        '<label class="switch"><input type="checkbox" id="heat" checked> Heat map</label></div>'
        '<noscript><p class="quiet">Without scripts the page stays as it was when it was loaded.</p></noscript>'
        f'<p class="alert" id="trouble" role="status" hidden></p><div class="cameras">{cameras}</div></section>'
        '<section aria-labelledby="events"><div class="bar"><h2 id="events">Last events</h2>'
        f'<a href="/events">All of them</a></div><div id="event-list">{_event_list(state["events"])}</div></section>'
        f'<section aria-labelledby="bundle"><h2 id="bundle">Bundle</h2>{_bundle(state["bundle"])}'
        f"{_undo(state['bundle'], form_token)}</section>"
    )
    return framed(device, "Live", body, form_token, live=True)


def events_page(device: Device, events: Sequence[Facts], form_token: str) -> bytes:
    """The last events."""
    body = f'<section aria-labelledby="events"><h2 id="events">Last events</h2>{_event_list(events)}</section>'
    return framed(device, "Events", body, form_token)


def event_page(device: Device, seen: Seen, facts: Facts, form_token: str) -> bytes:
    """One event."""
    event, pictures = seen.event, ""
    rows = [
        ("State", "goes on" if facts["open"] else "over"),
        ("Camera", facts["camera"]),
        ("Began", _time(facts["began"])),
        ("Last message", _time(facts["last"])),
    ]
    if isinstance(event, AnomalyEvent):
        rows += _anomaly_rows(event, facts)
        if facts["picture"] and event.evidence is not None:
            pictures = _event_pictures(event.evidence, facts["id"])
    else:
        rows.append(("Reason", event.reason))
    body = (
        f'<section aria-labelledby="event"><p><a href="/events">Last events</a></p>'
        f'<h2 id="event">{escape(facts["title"])} {_event_pill(facts)}</h2>{pictures}{_list(rows)}</section>'
    )
    return framed(device, facts["title"], body, form_token)


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def _anomaly_rows(event: AnomalyEvent, facts: Facts) -> list[tuple[str, str]]:
    rows = [
        ("Defect", event.defect_class or "no name for it"),
        *([("Severity", facts["severity"])] if facts["severity"] else []),
        *([("Part", str(event.part))] if event.part else []),
        ("Highest score", facts["score"]),
        ("Frames", f"{event.frames_anomalous} anomalous, {event.first_frame} to {event.last_frame}"),
        ("Highest in frame", str(event.peak_frame)),
    ]
    if event.evidence is not None:
        regions = event.evidence.regions or (event.evidence.region,)
        where = (f"{region.width} x {region.height} pixels at {region.x}, {region.y}" for region in regions)
        rows.append(("Where", "; ".join(where)))
    size = f"{event.frame_width} x {event.frame_height} pixels"
    return [*rows, ("Frame", size), ("Bundle", _code(event.bundle_digest[:12])), ("Event", _code(event.event_id))]


def _event_pictures(evidence: Evidence, event_id: str) -> str:
    figures = [
        (f'<img src="/events/{event_id}.jpg" alt="Part of the frame with the anomaly">', "What the camera saw"),
        (
            f'<img src="/events/{event_id}.png" alt="Heat map of the frame, with a box around each anomaly">',
            "Heat map of the whole frame",
        ),
    ]
    if evidence.clip:
        film = f'src="/events/{event_id}/clip"'
        moving = evidence.clip_type.startswith("video/")
        shown = f"<video {film} controls muted loop></video>" if moving else f'<img {film} alt="Film of the event">'
        figures.append((shown, "Before, during and after"))
    inner = "".join(f"<figure>{shown}<figcaption>{said}</figcaption></figure>" for shown, said in figures)
    return f'<div class="evidence">{inner}</div>'


def _warnings(warnings: Sequence[str]) -> str:
    return "".join(f'<p class="alert">{escape(warning)}</p>' for warning in warnings)


def _tiles(state: Facts) -> str:
    cameras, cloud, bundle = state["cameras"], state["cloud"], state["bundle"]
    up = sum(camera["delivers"] for camera in cameras)
    fps = sum(camera["fps"] for camera in cameras)
    tiles = (
        ("cameras", "Cameras that deliver", f"{up} of {len(cameras)}"),
        ("fps", "Frames judged a second", f"{fps:.1f}"),
        ("open", "Events that go on", str(state["events_open"])),
        ("waiting", f"Messages wait, broker {cloud['broker']}", str(cloud["waiting"])),
        ("bundle", f"Bundle, release {bundle['release']}", bundle["name"] or "none yet"),
    )
    return "".join(
        f'<div class="tile"><strong data-tile="{key}">{escape(value)}</strong>'
        f'<span data-label="{key}">{escape(label)}</span></div>'
        for key, label, value in tiles
    )


def _camera(camera: Facts) -> str:
    name = escape(camera["name"])
    stats = (
        ("fps", "frames/s", camera["fps"]),
        ("latency_p99_ms", "ms to decision, p99", camera["latency_p99_ms"]),
        ("anomalous", "anomalous", f"{camera['anomalous']:,}"),
        ("skipped", "skipped", f"{camera['skipped']:,}"),
    )
    numbers = "".join(f'<div><dt>{label}</dt><dd data-stat="{key}">{value}</dd></div>' for key, label, value in stats)
    return (
        f'<article class="camera" data-camera="{name}" aria-label="Camera {name}">'
        f'<header><h3>{name}</h3>{_camera_pill(camera)}</header><div class="screen">'
        f'<img src="/camera/{quote(camera["name"], safe="")}.jpg" alt="Newest judged frame of {name}">'
        '<p class="verdict" data-verdict></p></div>'
        f'<figure class="curve">{curve_chart(camera["curve"])}'
        "<figcaption>Highest score of each second, two minutes; the line is the threshold</figcaption></figure>"
        f'<dl class="stats">{numbers}</dl><p class="alarms" data-alarms>{_alarms(camera)}</p>'
        f'<p class="more"><a href="/teach/{name}">Teach by this camera</a></p>'
        f'<p class="error" data-error>{escape("" if camera["delivers"] else camera["error"])}</p></article>'
    )


def _camera_pill(camera: Facts) -> str:
    if camera["delivers"]:
        return '<span class="pill good">delivers</span>'
    return f'<span class="pill bad">{"given up" if camera["gave_up"] else "silent"}</span>'


def _alarms(camera: Facts) -> str:
    return f"alarms an hour: {escape(camera['alarms'])}" if camera["alarms"] else ""


def _event_list(events: Sequence[Facts]) -> str:
    if not events:
        return '<p class="quiet">Nothing has happened since the agent started.</p>'
    return f'<ol class="events">{"".join(map(_event_row, events))}</ol>'


def _event_row(event: Facts) -> str:
    picture = f'<img src="/events/{event["id"]}.jpg" alt="" loading="lazy">' if event.get("picture") else "!"
    said = f"score {event['score']}" if "score" in event else event["reason"]
    lasted = f", {event['seconds']}&nbsp;s" if event["seconds"] else ""
    return (
        f'<li><a href="/events/{event["id"]}"><span class="thumb">{picture}</span>'
        f'<span class="what"><strong>{escape(event["title"])}</strong> {_event_pill(event)}<br>'
        f'<span class="quiet">{escape(event["camera"])}, {_time(event["began"])}{lasted}<br>'
        f"{escape(said)}</span></span></a></li>"
    )


def _event_pill(event: Facts) -> str:
    severity = event.get("severity")
    urgent = f'<span class="pill {severity}">{severity}</span> ' if severity else ""
    return urgent + _state_pill(event)


def _state_pill(event: Facts) -> str:
    return '<span class="pill bad">goes on</span>' if event["open"] else '<span class="pill">over</span>'


def _bundle(bundle: Facts) -> str:
    if not bundle["digest"]:
        rows = [("Bundle", "none yet")]
    else:
        rows = [
            ("Name", bundle["name"]),
            ("Release", str(bundle["release"])),
            ("Digest", _code(bundle["digest"])),
            ("Serves since", _time(bundle["since"])),
        ]
    if bundle["taught"]:
        rows.append(("Taught here", Html("<br>".join(map(escape, bundle["taught"])))))
    if bundle["taught_elsewhere"]:
        rows.append(("Taught to others", f"{counted(int(bundle['taught_elsewhere']), 'change')}, not in force here"))
    if bundle["taught_refused"]:
        rows.append(("Taught, refused", bundle["taught_refused"]))
    rows.append(("Update", bundle["update"]))
    if bundle["refusal"]:
        rows.append(("Refused", bundle["refusal"]))
    if bundle["trouble"]:
        rows.append(("Trouble", bundle["trouble"]))
    return f'<div id="bundle-facts">{_list(rows)}</div>'


def _undo(bundle: Facts, form_token: str) -> str:
    hidden = "" if bundle["taught"] else " hidden"
    return (
        f'<form method="post" action="/teach/undo" id="undo"{hidden}>'
        f'<input type="hidden" name="form_token" value="{escape(form_token)}">'
        "<button>Take back what was taught last</button></form>"
    )


def _list(rows: Sequence[tuple[str, str]]) -> str:
    inner = (f"<div><dt>{name}</dt><dd>{_escaped(value)}</dd></div>" for name, value in rows)
    return f'<dl class="facts">{"".join(inner)}</dl>'


def _escaped(value: str) -> str:
    return value if isinstance(value, Html) else escape(value)


def _time(iso: str) -> Html:
    return Html(f'<time datetime="{iso}">{iso.replace("T", " ").removesuffix("Z")} UTC</time>')


def _code(text: str) -> Html:
    return Html(f"<code>{escape(text)}</code>")


def framed(device: Device, title: str, body: str, form_token: str, *, live: bool = False) -> bytes:
    """A page of somebody who is logged in."""
    links = "".join(
        f'<a href="{place}"{" aria-current=page" if name == title else ""}>{name}</a>'
        for name, place in (("Live", "/"), ("Events", "/events"))
    )
    return _whole(
        f"{title} - {device.name}",
        f'<header class="top"><div><h1>{escape(device.name)}</h1><p class="quiet">{escape(device.site)}</p></div>'
        f'<nav aria-label="Pages">{links}</nav><form method="post" action="/logout">'
        f'<input type="hidden" name="form_token" value="{escape(form_token)}"><button>Log out</button></form></header>'
        f"<main{' data-live' if live else ''}>{body}</main>",
    )


def _whole(title: str, body: str) -> bytes:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title>"
        '<link rel="icon" href="/static/icon.svg"><link rel="stylesheet" href="/static/page.css">'
        f'<script src="/static/page.js" defer></script></head><body>{body}</body></html>\n'
    ).encode()
