"""What an agent with one camera takes of a device: memory over all its processes while it judges, and disk.

The camera is a video file of the line, played live at 25 frames a second, so a decoder is among what is weighed. The
installed size is that of the light-install gate: the edge's wheels and all that they need, in an empty environment.
"""

import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.footprint import children, proportional_mb
from bench.record import Record, at_most, seen
from linewatch.cloud.demo.children import installed_command
from linewatch.cloud.samples.encoder import network_path
from linewatch.cloud.samples.video import write_video

COMMAND = "make bench ARGS=weight"
MEMORY_GOAL_MB, DISK_GOAL_MB = 220.0, 420.0
_FRAMES, _FPS = 500, 25
_WARM_S, _LOOKS, _BETWEEN_S = 8.0, 10, 0.5
_GATE = Path(__file__).resolve().parents[1] / "gates" / "light_install.py"

_CONFIG = """\
[device]
state = "{folder}/state"

[[cameras]]
name = "line-1"
source = "{video}"
mode = "live"
loop = true
fps = {fps}

[inference]
bundle = "{bundle}"
"""


def measure(bundle: Path) -> list[Record]:
    """Both figures."""
    parts = _memory_mb(bundle)
    records = [at_most("rss_mb", sum(parts.values()), MEMORY_GOAL_MB, unit="MB proportional", command=COMMAND)]
    records += [
        seen(f"rss_mb_{name}", megabytes, unit="MB proportional", command=COMMAND) for name, megabytes in parts.items()
    ]
    return [*records, at_most("install_mb", _installed_mb(), DISK_GOAL_MB, unit="MB", command=COMMAND)]


def _memory_mb(bundle: Path) -> dict[str, float]:
    """Median MB of the agent's process and of its camera's, both judging."""
    with tempfile.TemporaryDirectory(prefix="linewatch-bench-") as scratch:
        folder = Path(scratch)
        config, video = folder / "edge.toml", folder / "line.avi"
        write_video(video, frames=_FRAMES)
        text = _CONFIG.format(folder=folder, video=network_path(video), bundle=bundle.resolve(), fps=_FPS)
        config.write_text(text, encoding="utf-8")
        command = [installed_command("linewatch-edge"), "run", "--config", str(config)]
        with (folder / "agent.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as agent:
            try:
                time.sleep(_WARM_S)
                looks = [_look(agent.pid) for _ in range(_LOOKS)]
            finally:
                agent.send_signal(signal.SIGTERM)
    return {name: statistics.median(look[name] for look in looks) for name in looks[0]}


def _look(agent: int) -> dict[str, float]:
    time.sleep(_BETWEEN_S)
    found = children(agent)
    if len(found) != 1:
        raise RuntimeError(f"the agent has {len(found)} processes beside its own, not one camera's")
    return {"agent": proportional_mb(agent), "camera": sum(map(proportional_mb, found))}


def _installed_mb() -> float:
    done = subprocess.run([sys.executable, str(_GATE)], check=True, stderr=subprocess.PIPE, text=True)
    found = re.search(r"installed size ([\d.]+) MB", done.stderr)
    if found is None:
        raise RuntimeError(f"the gate does not say what it weighed:\n{done.stderr}")
    return float(found[1])
