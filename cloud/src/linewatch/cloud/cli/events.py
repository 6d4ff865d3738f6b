"""`linewatch events`."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from linewatch.cloud.cli.console import plain_console
from linewatch.cloud.cli.json_file import check_json, write_json

if TYPE_CHECKING:
    from linewatch.cloud.events.store import EventStore
    from linewatch.cloud.events.stored_event import StoredEvent
    from linewatch.cloud.events.suggestions import Suggestion

_LOOK_SECONDS = 0.5


def events(
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="cloud.toml; ./cloud.toml or ./linewatch-cloud's if none.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on showing what arrives, until Ctrl-C.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Show so many of the newest messages.")] = 50,
    gaps: Annotated[bool, typer.Option("--gaps", help="Show sequence numbers that are missing instead.")] = False,
    suggestions: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Save what operators taught their devices into DIR instead.")
    ] = None,
    device_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Believe only what this key signed: `linewatch-edge local key`.")
    ] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the result to FILE.")] = None,
) -> None:
    """Show the events that the cloud has stored, the newest last."""
    check_json(json)
    from linewatch.cloud.config import load_cloud
    from linewatch.cloud.events.store import EventStore

    store = EventStore(load_cloud(config).events.store)
    try:
        if suggestions is not None:
            _save_suggestions(store, suggestions, device_key, json)
            return
        missing = store.gaps()
        shown = store.events(limit=limit, evidence=True)
        if json is not None:
            write_json(
                json,
                {
                    "stored": store.count(),
                    "events": [event.to_json() for event in shown],
                    "gaps": [
                        {"device": gap.device, "boot": gap.boot, "first": gap.first, "last": gap.last, "told": gap.told}
                        for gap in missing
                    ],
                },
            )
        console = plain_console()
        if gaps:
            for gap in missing:
                why = "given up by the device" if gap.told else "missing, and the device has not said why"
                console.print(f"{gap.device} boot {gap.boot[:8]}: {gap.first} to {gap.last} {why}")
            told = sum(gap.told for gap in missing)
            console.print(f"{len(missing)} gaps in {store.count()} messages, {told} of them told by the device")
            return
        for event in shown:
            console.print(_line(event))
        if not shown:
            plain_console(stderr=True).print("no events yet")
        if follow:
            _follow(store, shown[-1].position if shown else 0, console)
    finally:
        store.close()


def _save_suggestions(store: "EventStore", folder: Path, device_key: Path | None, json: Path | None) -> None:
    from linewatch.cloud.events.suggestions import read_key, read_suggestions, save_suggestions

    found = read_suggestions(store.suggestions(), None if device_key is None else read_key(device_key))
    saved, console = save_suggestions(found, folder), plain_console()
    for one in found:
        what = f"refused: {one.trouble}" if one.trouble else one.file_name
        console.print(f"{one.device}  {one.reason}  {what}")
    unchecked = "" if device_key is not None else "; signatures were not checked, --device-key does that"
    console.print(f"{saved} of {len(found)} saved in {folder}{unchecked}")
    if json is not None:
        write_json(
            json, {"saved": saved, "checked": device_key is not None, "suggestions": [_told(one) for one in found]}
        )
    if saved < len(found):
        raise typer.Exit(3)


def _told(one: "Suggestion") -> dict[str, object]:
    file = "" if one.trouble else one.file_name
    return {"device": one.device, "number": one.number, "reason": one.reason, "file": file, "trouble": one.trouble}


_ABOUT = {"health": "camera fails", "gap": "messages lost", "suggestion": "suggestion"}


def _follow(store: "EventStore", position: int, console: Console) -> None:
    while True:
        for event in store.events(after=position, evidence=True):
            console.print(_line(event))
            position = event.position
        time.sleep(_LOOK_SECONDS)


def _line(event: "StoredEvent") -> str:
    when = datetime.fromtimestamp(event.time_unix_ns / 1e9, tz=UTC).isoformat(timespec="milliseconds")
    place = "/".join(name for name in (event.site, event.device, event.camera) if name)
    line = f"{when}  {place}  {event.event_id[:8]}  {event.phase:<7}"
    if event.kind != "anomaly":
        return f"{line} {_ABOUT[event.kind]}: {event.reason}"
    words = [event.severity, event.defect_class, f"part {event.part}" if event.part else ""]
    told = "".join(f" {word}" for word in words if word)
    return f"{line}{told}  score {event.peak_score:.2f}  frames {event.first_frame}-{event.last_frame}{_shown(event)}"


def _shown(event: "StoredEvent") -> str:
    evidence = event.evidence
    if evidence is None:
        return ""
    places = f"  {len(evidence.regions)} regions" if len(evidence.regions) > 1 else ""
    return places + (f"  clip of {len(evidence.clip) // 1000} kB" if evidence.clip else "")
