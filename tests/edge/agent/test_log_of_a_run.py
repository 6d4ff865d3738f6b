"""What a whole run writes to its log: JSON lines of one form, and no secret in any of them."""

import json
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

import pytest

from edge.tiny_bundle import make_bundle

BROKER, PAGE, CAMERA, OPTION = "br0ker-secret", "p4ge-secret", "c4mera-secret", "0ption-secret"
CONFIGURATION = f"""
[device]
site = "s"
name = "d"
state = "state"
[[cameras]]
name = "works"
source = "simulated:?fps=50&width=128&height=96&defect_every=20&defect_frames=5"
[[cameras]]
name = "locked"
source = "rtsp://me:{CAMERA}@127.0.0.1:9/stream?token={OPTION}"
[inference]
bundle = "tiny"
[publish]
port = 9
username = "d"
password_file = "broker"
drain_seconds = 0.1
[page]
listen = "127.0.0.1:0"
password_env = "PAGE_PASSWORD"
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], str]:
    """The lines of the log, and everything that was said."""
    folder = tmp_path_factory.mktemp("run")
    make_bundle(folder / "tiny")
    (folder / "broker").write_text(f"{BROKER}\n")
    (folder / "edge.toml").write_text(CONFIGURATION)
    command = [sys.executable, "-c", "from linewatch.edge.cli import main; main()", "run", "-v", "--json", "report"]
    agent = subprocess.Popen(
        command,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(filter(None, sys.path)), "PAGE_PASSWORD": PAGE},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert agent.stderr is not None
    # A run that says nothing for long is a failure too; the timer ends it, and the reader with it.
    limit = threading.Timer(60, agent.kill)
    limit.start()
    lines: list[str] = []
    wanted = {"local page", "event opened", "camera failed", "broker away"}
    while wanted and (line := agent.stderr.readline()):
        lines.append(line)
        told = json.loads(line)
        wanted.discard(told["event"])
        if told["event"] == "local page":
            assert not is_let_in(told["address"], "wrong-secret")
            assert any(is_let_in(told["address"], PAGE) for _ in range(3))  # a busy machine may cut one off
    agent.send_signal(signal.SIGTERM)
    out, rest = agent.communicate(timeout=60)
    limit.cancel()
    assert not wanted
    assert agent.returncode == 0
    lines += rest.splitlines()
    return [json.loads(line) for line in lines], "\n".join([*lines, out, (folder / "report").read_text()])


def is_let_in(address: str, password: str) -> bool:
    try:
        urllib.request.urlopen(f"{address}login", urlencode({"password": password}).encode(), timeout=20).close()
    except (urllib.error.URLError, ConnectionError):
        return False
    return True


def test_no_secret_is_written(run: tuple[list[dict[str, Any]], str]) -> None:
    lines, said = run
    for secret in (BROKER, PAGE, CAMERA, OPTION, "wrong-secret"):
        assert secret not in said
    assert {"logged in", "log-in failed"} <= {line["event"] for line in lines}


def test_every_line_has_the_same_form(run: tuple[list[dict[str, Any]], str]) -> None:
    for line in run[0]:
        assert line["level"] in ("debug", "info", "warning", "error")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line["timestamp"])
        assert re.fullmatch(r"[a-z][A-Za-z0-9 ,:.=_\[\]{}-]*", line["event"]), line
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", key) for key in line)
        if line["level"] in ("warning", "error"):
            assert line.get("reason") or line["event"].count(" ") >= 2, line
