import json
from dataclasses import replace
from pathlib import Path

from typer.testing import CliRunner

from linewatch.cloud.cli.app import app
from linewatch.cloud.config import load_cloud
from linewatch.cloud.events.message import read_message
from linewatch.cloud.events.settings import StoreSettings
from linewatch.cloud.events.store import EventStore
from linewatch.cloud.registry.setup import set_up
from linewatch.edge.decide.event import EventIdentity, Region, Severity
from linewatch.edge.decide.proto import to_proto
from linewatch.edge.spool.simulated import simulated_event
from linewatch.protos import event_pb2


def test_people_see_how_urgent_an_event_is_which_part_it_is_of_and_what_there_is_to_look_at(tmp_path: Path) -> None:
    plain = simulated_event(1)
    assert plain.evidence is not None
    shown = replace(
        plain.evidence,
        regions=(plain.evidence.region, Region(x=1, y=2, width=3, height=4)),
        clip=bytes(20_500),
        clip_type="video/mp4",
    )
    said = replace(plain, severity=Severity.HIGH, part=4711, defect_class="scratch", evidence=shown)
    store = EventStore(StoreSettings(url=f"sqlite:///{tmp_path}/events.db"))
    for sequence, event in enumerate((replace(plain, severity=Severity.LOW, defect_class=""), said), 1):
        identity = EventIdentity(device="box", boot="ab" * 16, sequence=sequence)
        payload = to_proto(event, identity, "plant").SerializeToString()
        store.add([read_message("linewatch/v1/plant/box/events", payload, 1 << 20)])
    store.close()
    (tmp_path / "cloud.toml").write_text(f'[events.store]\nurl = "sqlite:///{tmp_path}/events.db"\n')
    found = CliRunner().invoke(
        app, ["events", "--config", str(tmp_path / "cloud.toml"), "--json", str(tmp_path / "events.json")]
    )
    assert found.exit_code == 0, found.output
    bare, full = found.output.splitlines()
    assert " low  score" in bare
    assert "part" not in bare
    assert " high scratch part 4711  score" in full
    assert full.endswith("2 regions  clip of 20 kB")
    told = json.loads((tmp_path / "events.json").read_text())["events"][1]
    assert (told["severity"], told["part"], told["evidence"]["clip"]) == ("high", 4711, "20500 bytes")
    assert told["evidence"]["regions"][1] == {"x": 1, "y": 2, "width": 3, "height": 4}


BOOT = "ab" * 16


def message(sequence: int, *, gap: tuple[int, int] | None = None) -> bytes:
    event = event_pb2.Event(
        identity=event_pb2.EventIdentity(device="box", boot=BOOT, sequence=sequence),
        site="plant",
        camera="" if gap else "line",
        event_id=f"{sequence}",
        phase=event_pb2.EVENT_PHASE_CLOSED,
        kind=event_pb2.EVENT_KIND_GAP if gap else event_pb2.EVENT_KIND_ANOMALY,
        reason="2 given up before the cloud had them" if gap else "",
    )
    if gap:
        event.missing.add(boot=BOOT).ranges.add(first=gap[0], last=gap[1])
    return event.SerializeToString()


def test_gaps_say_why(tmp_path: Path) -> None:
    folder = tmp_path / "cloud"
    set_up(folder, "plant")
    config = folder / "cloud.toml"
    store = EventStore(load_cloud(config).events.store)
    messages = [message(1), message(4), message(6, gap=(2, 3))]
    store.add([read_message("linewatch/v1/plant/box/events", payload, 1 << 20) for payload in messages])
    store.close()
    run = CliRunner()
    found = run.invoke(app, ["events", "--config", str(config), "--gaps", "--json", str(tmp_path / "out.json")])
    assert "2 to 3 given up by the device" in found.output
    assert "5 to 5 missing, and the device has not said why" in found.output
    assert "2 gaps in 3 messages, 1 of them told by the device" in found.output
    assert [gap["told"] for gap in json.loads((tmp_path / "out.json").read_text())["gaps"]] == [True, False]
    assert "messages lost: 2 given up" in run.invoke(app, ["events", "--config", str(config)]).output
