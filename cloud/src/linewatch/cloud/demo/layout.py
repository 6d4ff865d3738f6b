"""Where the demo keeps its things, and the configuration files it writes."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linewatch.cloud.samples.encoder import network_path

OPEN_AFTER, OPEN_WINDOW = 10, 15
"""So many anomalous frames of so many make an event of the demo's line."""

_EDGE = """\
[device]
site = "demo"
name = "edge-1"
state = {state}

[[cameras]]
name = "line-1"
source = {video}

# Each part is seen in tens of frames: two thirds of some of them have to be anomalous.
[decision]
open_after = {open_after}
open_window = {open_window}

[publish]
host = "127.0.0.1"
port = {broker_port}

[update]
enabled = true
registry = "http://127.0.0.1:{http_port}/registry"
trusted_root = {root}
bundle = "demo"
"""

_EDGE_AGAIN = """\
# Left by `linewatch demo`. Start the agent once more by
#
#     linewatch-edge run --config edge.toml
#
# Paths are seen from the folder that this file stands in.

[device]
site = "demo"
name = "edge-1"
state = "state"

# The test pictures in the place of a camera. {film} shows the line that the demo watched, but as H.264:
# the bundle learned from clean pictures, and calls nearly every frame of a compressed video anomalous.
[[cameras]]
name = "line-1"
source = {pictures}

# Each picture shows another part: a single one makes an event.
[decision]
open_after = 1
open_window = 1

[inference]
bundle = "bundle"

# Events wait in `state`. To send them to the demo's cloud, and to fetch new bundles from it, start it by
#
#     linewatch cloud up --config cloud/cloud.toml
#
# and take away the marks before these lines:
#
# [publish]
# host = "127.0.0.1"
# port = {broker_port}
#
# [update]
# enabled = true
# registry = "http://127.0.0.1:{http_port}/registry"
# trusted_root = "cloud/registry/metadata/root.json"
# bundle = "demo"
"""


@dataclass(frozen=True)
class Layout:
    """Paths below the demo's folder."""

    folder: Path

    @property
    def pictures(self) -> Path:
        """Pictures that were drawn for it."""
        return self.folder / "pictures"

    @property
    def run(self) -> Path:
        """The training run."""
        return self.folder / "run"

    @property
    def bundle(self) -> Path:
        """The compiled bundle."""
        return self.folder / "bundle"

    @property
    def video(self) -> Path:
        """What the agent watches."""
        return self.folder / "parts.avi"

    @property
    def cloud(self) -> Path:
        """The cloud's folder."""
        return self.folder / "cloud"

    @property
    def cloud_config(self) -> Path:
        """Its configuration."""
        return self.cloud / "cloud.toml"

    @property
    def cloud_log(self) -> Path:
        """What the cloud said."""
        return self.folder / "cloud.log"

    @property
    def edge_config(self) -> Path:
        """The agent's configuration."""
        return self.folder / "edge.toml"

    @property
    def agent_log(self) -> Path:
        """What the agent said."""
        return self.folder / "agent.log"

    @property
    def agent_json(self) -> Path:
        """The agent's own account."""
        return self.folder / "agent.json"

    @property
    def report(self) -> Path:
        """The HTML report."""
        return self.folder / "report.html"

    def health(self, http_port: int) -> Callable[[], bool]:
        """A question that is true once the cloud is up and subscribed."""

        def ready() -> bool:
            try:
                return bool(_health(http_port)["status"] == "ok")
            except (urllib.error.URLError, OSError, ValueError):
                return False

        return ready

    def counts(self, http_port: int) -> dict[str, Any]:
        """The counts of the cloud's ingest."""
        counts: dict[str, Any] = _health(http_port)["parts"]["events"]
        return counts


def write_cloud_config(layout: Layout, *, http_port: int, broker_port: int) -> None:
    """Give the cloud ports that are free."""
    text = layout.cloud_config.read_text(encoding="utf-8")
    text = re.sub(r"(\[http\][^\[]*?\nport = )\d+", rf"\g<1>{http_port}", text)
    text = re.sub(r"(\[broker\][^\[]*?\nport = )\d+", rf"\g<1>{broker_port}", text)
    layout.cloud_config.write_text(text, encoding="utf-8")


def write_edge_config(layout: Layout, video: Path, *, http_port: int, broker_port: int) -> None:
    """Write the agent's configuration."""
    text = _EDGE.format(
        state=json.dumps(str(layout.folder / "state")),
        video=json.dumps(str(video)),
        open_after=OPEN_AFTER,
        open_window=OPEN_WINDOW,
        root=json.dumps(str(layout.cloud / "registry" / "metadata" / "root.json")),
        http_port=http_port,
        broker_port=broker_port,
    )
    layout.edge_config.write_text(text, encoding="utf-8")


def write_edge_config_to_go_on(layout: Layout, pictures: str, *, http_port: int, broker_port: int) -> None:
    """Write a configuration for people: the agent runs with it though film and cloud are gone.

    `pictures` is a folder of pictures to judge, as a path from `layout.folder` or a whole one.
    """
    text = _EDGE_AGAIN.format(
        film=network_path(layout.video).name,
        pictures=json.dumps(pictures),
        http_port=http_port,
        broker_port=broker_port,
    )
    layout.edge_config.write_text(text, encoding="utf-8")


def _health(http_port: int) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{http_port}/health", timeout=5) as answer:
        health: dict[str, Any] = json.load(answer)
    return health
