import re
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest

from deploy.families import OnlyFamilies
from edge.fake_gige import FakeGigeCamera

UNIT = Path(__file__).parents[2] / "deploy/systemd/linewatch-edge.service"
GUIDE = Path(__file__).parents[2] / "docs/edge.md"
MOST_EXPOSED = 20
"""Tenths, as systemd counts: 16 when this was written, with cameras and the network open as they have to be."""


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60)


def unit() -> RawConfigParser:
    parser = RawConfigParser(strict=False, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(UNIT)
    return parser


def test_the_agent_has_no_rights_to_spare() -> None:
    service = dict(unit()["Service"])
    wanted = {
        "User": "linewatch",
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "DevicePolicy": "closed",
        "UMask": "0077",
        "LimitCORE": "0",
        "StateDirectory": "linewatch",
    }
    assert {name: service.get(name) for name in wanted} == wanted


def test_sockets_are_shared_with_the_group_and_outlive_a_restart() -> None:
    service = dict(unit()["Service"])
    wanted = {"Group": "linewatch", "RuntimeDirectoryMode": "0770", "RuntimeDirectoryPreserve": "yes"}
    assert {name: service.get(name) for name in wanted} == wanted


def test_systemd_makes_its_user(tmp_path: Path) -> None:
    if shutil.which("systemd-sysusers") is None:
        pytest.skip("systemd is not installed")
    (tmp_path / "etc").mkdir()
    done = subprocess.run(
        ["systemd-sysusers", f"--root={tmp_path}", str(UNIT.with_name("linewatch.conf"))],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "linewatch:" in (tmp_path / "etc/passwd").read_text()


def test_it_is_started_again_whatever_happens() -> None:
    parser = unit()
    service = dict(parser["Service"])
    assert parser["Unit"]["StartLimitIntervalSec"] == "0"
    assert (service["Type"], service["Restart"], int(service["WatchdogSec"])) == ("notify", "always", 60)


def test_systemd_finds_it_hardened() -> None:
    done = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(UNIT))
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd is too old to look at a file")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    text = UNIT.read_text().replace("/opt/linewatch/bin/linewatch-edge", "/bin/true")
    (tmp_path / UNIT.name).write_text(text)
    done = analyze("verify", str(tmp_path / UNIT.name))
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_understands_every_line_of_the_guide(tmp_path: Path) -> None:
    drop_ins = re.findall(r"\n\n((?:    .*\n)+)", GUIDE.read_text())
    shown = [text for text in drop_ins if text.startswith("    [Service]\n")]
    assert shown
    for text in shown:
        (tmp_path / "a.service").write_text(re.sub("(?m)^    ", "", text) + "ExecStart=/bin/true\n")
        done = analyze("verify", str(tmp_path / "a.service"))
        assert (done.returncode, done.stderr) == (0, "")


LIST_CAMERAS = "from linewatch.edge.cli import main; main()"


def test_cameras_on_the_network_are_found_with_the_sockets_that_are_left() -> None:
    """Aravis looks for them on each network, and which there are is asked of the kernel by a socket, too."""
    left = OnlyFamilies(dict(unit()["Service"])["RestrictAddressFamilies"].split())
    command = [sys.executable, "-c", LIST_CAMERAS, "cameras"]
    with FakeGigeCamera():
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, preexec_fn=left, check=True)
    assert "LW01" in done.stdout
