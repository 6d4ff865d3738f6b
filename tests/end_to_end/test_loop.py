"""A published bundle reaches a device, and what the device sees reaches the database: with the real commands."""

import json
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np

from linewatch.cloud.config import load_cloud
from linewatch.cloud.demo.children import Child, installed_command
from linewatch.cloud.demo.layout import Layout, write_cloud_config, write_edge_config
from linewatch.cloud.demo.ports import free_ports
from linewatch.cloud.demo.tally import Alarm, tally
from linewatch.cloud.demo.video import write_parts_video
from linewatch.cloud.events.store import EventStore

LINEWATCH = installed_command("linewatch")
EDGE = installed_command("linewatch-edge")


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, arguments)], capture_output=True, text=True, check=False, timeout=120)


def test_from_a_published_bundle_to_stored_events(tmp_path: Path, make_bundle: Callable[..., Path]) -> None:
    layout = Layout(tmp_path)
    http_port, broker_port = free_ports(2)
    bundle = make_bundle(name="demo", bright=128.0)
    dark, bright = np.full((64, 96, 3), 40, np.uint8), np.full((64, 96, 3), 220, np.uint8)
    line = [(dark, ""), (bright, "paint"), (dark, ""), (bright, "paint"), (dark, "")]
    showings = write_parts_video(layout.video, line, frames_per_second=200, seed=0)

    made = command(LINEWATCH, "cloud", "init", "--dir", layout.cloud, "--site", "demo")
    assert made.returncode == 0, made.stderr
    write_cloud_config(layout, http_port=http_port, broker_port=broker_port)
    again = command(LINEWATCH, "cloud", "init", "--dir", layout.cloud)
    assert "nothing was changed" in again.stdout
    published = command(LINEWATCH, "publish", bundle, "--config", layout.cloud_config, "--json", tmp_path / "p.json")
    assert published.returncode == 0, published.stderr
    write_edge_config(layout, layout.video, http_port=http_port, broker_port=broker_port)

    up = [LINEWATCH, "cloud", "up", "--config", str(layout.cloud_config)]
    run = [EDGE, "run", "--once", "--config", str(layout.edge_config), "--json", str(layout.agent_json)]
    with Child(up, layout.cloud_log) as cloud:
        cloud.wait_until(layout.health(http_port), seconds=60, what="the cloud")
        with Child(run, layout.agent_log) as agent:
            agent.wait(tick=lambda: None, what="the agent")
        with urllib.request.urlopen(f"http://127.0.0.1:{http_port}/health", timeout=5) as answer:
            assert json.load(answer)["parts"]["events"]["quarantined"] == 0

    account = json.loads(layout.agent_json.read_text())
    assert account["agent"]["bundle_digest"] == json.loads((tmp_path / "p.json").read_text())["digest"]
    assert account["agent"]["frames"] == 100
    store = EventStore(load_cloud(layout.cloud_config).events.store)
    stored = store.events(evidence=True)
    assert len(stored) == account["agent"]["events_recorded"] > 0
    assert store.gaps() == []
    store.close()
    latest = {event.event_id: event for event in stored}
    alarms = [Alarm(first=one.first_frame, last=one.last_frame, peak=one.peak_frame) for one in latest.values()]
    counts = tally(showings, alarms)
    assert (counts.found, counts.false_alarms) == (2, 0)

    shown = command(LINEWATCH, "events", "--config", layout.cloud_config)
    assert shown.returncode == 0
    assert shown.stdout.count("closed") == 2


def test_a_wrong_path_is_exit_code_2_and_says_what_to_do(tmp_path: Path) -> None:
    wrong: list[list[str | Path]] = [
        [LINEWATCH, "train", tmp_path / "nowhere", "-o", tmp_path / "run"],
        [LINEWATCH, "compile", tmp_path / "nowhere", "-o", tmp_path / "bundle"],
        [LINEWATCH, "events", "--config", tmp_path / "nowhere.toml"],
        [EDGE, "run", "--config", tmp_path / "nowhere.toml"],
    ]
    for arguments in wrong:
        done = command(*arguments)
        assert done.returncode == 2, done.stderr
        assert "nowhere" in done.stderr
        assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())
