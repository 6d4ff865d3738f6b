"""A published bundle reaches a device, and what the device sees reaches the database: with the real commands."""

import json
import subprocess
import tomllib
import urllib.request
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from linewatch.cloud.config import load_cloud
from linewatch.cloud.demo.children import Child, installed_command
from linewatch.cloud.demo.layout import Layout, write_cloud_config, write_edge_config, write_edge_config_to_go_on
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


def test_the_configuration_that_the_demo_leaves_runs_anywhere(tmp_path: Path, make_bundle: Callable[..., Path]) -> None:
    made = Layout(tmp_path / "made")
    test = made.pictures / "test"
    for number, (kind, level) in enumerate((("good", 40), ("paint", 220), ("good", 50))):
        (test / kind).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(test / kind / f"{number}.png"), np.full((64, 96, 3), level, np.uint8))
    make_bundle(name="demo", bright=128.0).rename(made.bundle)
    write_edge_config_to_go_on(made, "pictures/test", http_port=1, broker_port=2)
    stands = made.folder.rename(tmp_path / "demo-run")

    done = command(EDGE, "run", "--config", stands / "edge.toml", "--json", tmp_path / "run.json")
    assert done.returncode == 0, done.stderr
    account = json.loads((tmp_path / "run.json").read_text())
    assert (account["agent"]["frames"], account["agent"]["events_opened"]) == (3, 1)
    assert account["spool"]["waiting_messages"] > 0

    config = stands / "edge.toml"
    head, tail = config.read_text().split("# [publish]")
    config.write_text(head + "[publish]" + tail.replace("# ", "").replace("\n#\n", "\n\n"))
    settings = tomllib.loads(config.read_text())
    root = Path(settings["update"]["trusted_root"])
    assert settings["publish"] == {"host": "127.0.0.1", "port": 2}
    assert settings["update"]["registry"] == "http://127.0.0.1:1/registry"
    assert stands / root == Layout(stands).cloud / "registry" / "metadata" / "root.json"
    listed = command(EDGE, "bundle", "list", "--config", config)
    assert listed.returncode == 0, listed.stderr


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
