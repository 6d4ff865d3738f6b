"""Where the demo keeps its things, and the configuration files it writes."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
open_after = 10
open_window = 15

[publish]
host = "127.0.0.1"
port = {broker_port}

[update]
enabled = true
registry = "http://127.0.0.1:{http_port}/registry"
trusted_root = {root}
bundle = "demo"
"""


@dataclass(frozen=True)
class Layout:
    """Paths below the demo's folder."""

    folder: Path

    @property
    def mark(self) -> Path:
        """Tells a demo's folder from others."""
        return self.folder / ".linewatch-demo"

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
        root=json.dumps(str(layout.cloud / "registry" / "metadata" / "root.json")),
        http_port=http_port,
        broker_port=broker_port,
    )
    layout.edge_config.write_text(text, encoding="utf-8")


def _health(http_port: int) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{http_port}/health", timeout=5) as answer:
        health: dict[str, Any] = json.load(answer)
    return health
