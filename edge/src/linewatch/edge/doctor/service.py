"""Whether the service manager looks after the agent."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from linewatch.edge.doctor.finding import Finding, doubt, well

UNIT = "linewatch-edge.service"
_ASKED = ("LoadState", "UnitFileState", "WatchdogUSec", "Restart", "NRestarts", "ActiveState")
_PATIENCE_S = 10


def look_at_service() -> Iterator[Finding]:
    """Findings about the unit of systemd; none where systemd does not run."""
    if not Path("/run/systemd/system").is_dir() or shutil.which("systemctl") is None:
        return
    command = ["systemctl", "show", UNIT, f"--property={','.join(_ASKED)}"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S).stdout
    except (OSError, subprocess.TimeoutExpired):
        yield doubt("service manager", "does not answer", f"try: systemctl status {UNIT}")
        return
    yield from judge_unit(dict(line.split("=", 1) for line in said.splitlines() if "=" in line))


def judge_unit(properties: Mapping[str, str]) -> Iterator[Finding]:
    """Findings about a unit with these properties."""
    what = f"service {UNIT}"
    if properties.get("LoadState") != "loaded":
        yield doubt(
            what,
            "is not installed: nobody starts the agent with the device, or again when it falls",
            f"copy deploy/systemd/{UNIT} to /etc/systemd/system, then: systemctl enable --now {UNIT}",
        )
        return
    troubles = list(_troubles(properties))
    yield from (doubt(what, is_, advice) for is_, advice in troubles)
    if not troubles:
        yield well(what, f"is {properties.get('ActiveState', 'loaded')}, starts with the device, and is watched")


def _troubles(properties: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if properties.get("UnitFileState") not in ("enabled", "enabled-runtime", "static", "generated"):
        yield "does not start with the device", f"systemctl enable {UNIT}"
    if properties.get("WatchdogUSec", "0") in ("0", "infinity"):
        yield "has no watchdog: an agent that hangs is not noticed", "write WatchdogSec=60 into the unit"
    if properties.get("Restart") not in ("always", "on-failure"):
        yield "is not started again when it falls", "write Restart=always into the unit"
    restarts = properties.get("NRestarts", "0")
    if restarts.isdecimal() and int(restarts):
        yield f"was started again {restarts} times", f"read why: journalctl -u {UNIT}"
