"""The three processes of the bench: agent, broker, cloud."""

import os
import pwd
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench.chaos.line import write_config
from bench.chaos.part import Part
from linewatch.cloud.demo.children import installed_command

BrokerKind = Literal["mosquitto", "embedded"]

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(kw_only=True)
class Rig:
    """Everything that runs, and where it keeps what it knows; what the agent said is in `agent_log`, and its last
    summary in `agent_summary`.
    """

    spool: Path
    store_url: str
    agent_log: Path
    agent_summary: Path
    agent: Part
    broker: Part
    cloud: Part

    @property
    def parts(self) -> tuple[Part, Part, Part]:
        """All three."""
        return self.agent, self.broker, self.cloud


def find_mosquitto() -> str | None:
    """The real broker's program; None where it is not installed."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


@contextmanager
def running_rig(folder: Path, bundle: Path, *, kind: BrokerKind, fps: float) -> Iterator[Rig]:
    """Start all three in `folder`, with a camera that shows `fps` frames a second; end them with the context."""
    port = _free_port()
    config = write_config(folder, bundle=bundle, port=port, fps=fps)
    summary = folder / "agent.json"
    agent = [installed_command("linewatch-edge"), "run", "--config", str(config), "--json", str(summary)]
    rig = Rig(
        spool=folder / "state" / "spool.db",
        store_url=store_url(folder),
        agent_log=folder / "agent.log",
        agent_summary=summary,
        agent=Part("agent", agent, _ROOT, folder / "agent.log"),
        broker=broker_part(folder, kind, port),
        cloud=cloud_part(folder, port),
    )
    with rig.broker, rig.cloud, rig.agent:
        yield rig


def broker_part(folder: Path, kind: BrokerKind, port: int) -> Part:
    """A broker on the loopback that keeps its state in `folder`.

    Raises:
        FileNotFoundError: mosquitto is not installed.
    """
    return Part("broker", broker_command(folder, kind, port), _ROOT, folder / "broker.log")


def cloud_part(folder: Path, port: int) -> Part:
    """The cloud's ingest, into a database in `folder`."""
    command = [sys.executable, "-m", "linewatch.cloud.events", "--port", str(port), "--url", store_url(folder)]
    return Part("cloud", command, _ROOT, folder / "cloud.log")


def store_url(folder: Path) -> str:
    """The cloud's database in `folder`."""
    return f"sqlite:///{folder}/events.db"


def broker_command(folder: Path, kind: BrokerKind, port: int) -> list[str]:
    """What starts a broker of a kind at `port`; it keeps what it knows in `folder`."""
    if kind == "embedded":
        return [sys.executable, "-m", "linewatch.cloud.broker", "--port", str(port)]
    program = find_mosquitto()
    if program is None:
        raise FileNotFoundError("mosquitto is not installed; install it, or bench the embedded broker")
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nuser {pwd.getpwuid(os.getuid()).pw_name}\n"
        f"persistence true\npersistence_location {folder}/\nautosave_interval 1\n"
    )
    return [program, "-c", str(config)]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
