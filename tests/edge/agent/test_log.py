import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from linewatch.edge.agent.log import Unfailing

_AGENT = (sys.executable, "-c", "from linewatch.edge.cli import main; main()")


class Full(io.StringIO):
    """A stream on a full disk."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")

    def flush(self) -> None:
        raise OSError(28, "No space left on device")


def test_what_cannot_be_written_is_dropped() -> None:
    stream = Unfailing(Full())
    stream.write("a line")
    stream.flush()
    closed = io.StringIO()
    closed.close()
    Unfailing(closed).write("a line")


def test_what_can_be_written_is_written() -> None:
    target = io.StringIO()
    assert Unfailing(target).write("a line") == 6
    assert target.getvalue() == "a line"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_an_agent_whose_log_is_on_a_full_disk_keeps_every_event(tmp_path: Path, bundle_folder: Path) -> None:
    (tmp_path / "edge.toml").write_text(
        '[device]\nsite = "s"\nname = "d"\n[decision]\nopen_after = 1\nclose_after = 1\n'
        '[[cameras]]\nname = "c"\nsource = "simulated:?fps=0&frames=60&defect_every=6&defect_frames=3"\n'
        f'[inference]\nbundle = "{bundle_folder}"\n'
    )
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*_AGENT, "run", "--json", "result.json"],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=full,
            timeout=60,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    assert done.returncode == 0
    agent = json.loads((tmp_path / "result.json").read_text())["agent"]
    assert agent["events_lost"] == 0
    assert agent["events_recorded"] == agent["events_opened"] + agent["events_updated"] + agent["events_closed"] > 0


def test_what_libraries_and_dying_threads_say_are_lines_of_the_same_log(tmp_path: Path) -> None:
    script = (
        "import logging, threading, warnings\n"
        "from linewatch.edge.agent.log import set_up_logs\n"
        "set_up_logs()\n"
        "logging.getLogger('tuf').warning('metadata %s', 'is old')\n"
        "logging.getLogger('tuf').info('nothing')\n"
        "warnings.warn('soon gone', DeprecationWarning)\n"
        "thread = threading.Thread(target=lambda: 1 / 0, name='worker-7')\n"
        "thread.start()\n"
        "thread.join()\n"
    )
    done = subprocess.run([sys.executable, "-W", "always", "-c", script], capture_output=True, text=True, timeout=60)
    library, warning, died = [json.loads(line) for line in done.stderr.splitlines()]
    assert (library["event"], library["library"], library["reason"]) == ("library says", "tuf", "metadata is old")
    assert "soon gone" in warning["reason"]
    assert (died["event"], died["thread"], died["reason"]) == ("thread died", "worker-7", "division by zero")
    assert "ZeroDivisionError" in died["exception"]
