"""The agent as nobody, in a root that cannot be written but for its state folder: no home, no /tmp, no /dev/shm."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.tiny_bundle import make_bundle
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.spool import Spool

NOBODY = 65534
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc/ld.so.cache", "/etc/localtime", "/proc", "/sys")
_DEVICES = ("/dev/null", "/dev/urandom")

_BUILD = """
set -eu
root=$1; state=$2; shift 2
mount -t tmpfs -o mode=0755 tmpfs "$root"
while [ "$1" != -- ]; do
    mkdir -p "$root$(dirname "$1")"
    if [ -L "$1" ]; then cp -P "$1" "$root$1"
    elif [ -d "$1" ]; then mkdir -p "$root$1"; mount --rbind "$1" "$root$1"; mount -o remount,bind,ro "$root$1"
    elif [ -e "$1" ]; then touch "$root$1"; mount --bind "$1" "$root$1"; fi
    shift
done
shift
mkdir "$root/state"
mount --bind "$state" "$root/state"
mount -o remount,ro "$root"
exec chroot --userspec=65534:65534 --groups= "$root" env -i "$@"
"""


def imprisoned(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python as nobody, with `folder`/state as the one place that can be written."""
    (folder / "root").mkdir()
    places = [path for path in sys.path if Path(path).is_dir()]
    needed = [*_SYSTEM, *_DEVICES, sys.prefix, sys.base_prefix, *places]
    outer = [path for path in needed if not any(path.startswith(f"{other}/") for other in needed)]
    environment = [f"PYTHONPATH={os.pathsep.join(places)}", "LANG=C.UTF-8"]
    confined = ["/usr/bin/setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
    arguments = [str(folder / "root"), str(folder / "state"), *dict.fromkeys(outer), "--", *environment, *confined]
    build = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _BUILD, "build", *arguments]
    return subprocess.run([*build, sys.executable, *command], capture_output=True, text=True, timeout=120)


def why_not() -> str:
    if os.geteuid() != 0:
        return "needs root, to take rights away"
    missing = [tool for tool in ("unshare", "setpriv", "chroot") if shutil.which(tool) is None]
    if missing:
        return f"needs {missing[0]}"
    tried = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True
    )
    return "" if tried.returncode == 0 else "nothing can be mounted here"


def test_the_prison_holds(tmp_path: Path) -> None:
    if reason := why_not():
        pytest.skip(reason)
    (tmp_path / "state").mkdir()
    script = (
        "import os, pathlib, sys\n"
        "for place in ('/', '/tmp', '/usr', '/root', '/dev/shm', sys.prefix, *sys.path, '/state'):\n"
        "    try:\n"
        "        (pathlib.Path(place) / 'x').touch()\n"
        "        print(place)\n"
        "    except OSError:\n"
        "        pass\n"
        "print(os.getuid(), os.getgroups(), os.environ.get('HOME'))\n"
    )
    done = imprisoned(tmp_path, "-c", script)
    assert (done.returncode, done.stdout) == (0, f"{NOBODY} [] None\n"), done.stderr


def test_the_agent_writes_its_state_and_nothing_else(tmp_path: Path) -> None:
    if reason := why_not():
        pytest.skip(reason)
    state = tmp_path / "state"
    state.mkdir()
    make_bundle(state / "tiny", gain=1.5)
    (state / "password").write_text("correct-horse\n")
    (state / "edge.toml").write_text(
        '[device]\nsite = "s"\nname = "d"\nstate = "/state/own"\n[inference]\nbundle = "/state/tiny"\n'
        '[page]\nlisten = "127.0.0.1:0"\npassword_file = "/state/password"\n[health]\nlisten = "127.0.0.1:0"\n'
        '[[cameras]]\nname = "c"\nsource = "simulated:?fps=50&frames=40&width=128&height=96"\n'
    )
    # What the operator brings belongs to root; one folder belongs to the agent.
    (state / "own").mkdir()
    os.chown(state / "own", NOBODY, NOBODY)
    for path in (state / "edge.toml", state / "password"):
        path.chmod(0o644)
    state.chmod(0o755)
    before = {path for path in state.rglob("*") if state / "own" not in (path, *path.parents)}

    script = "from linewatch.edge.cli import main; main()"
    done = imprisoned(tmp_path, "-c", script, "run", "--config", "/state/edge.toml", "--json", "/state/own/report")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    levels = {json.loads(line)["level"] for line in done.stderr.splitlines() if line.startswith("{")}
    assert levels <= {"info"}, done.stderr
    assert not re.search(r"(?i)read-only|permission denied|warning", done.stderr), done.stderr
    report = json.loads((state / "own" / "report").read_text())
    assert report["agent"]["frames"] == 40
    assert report["agent"]["events_lost"] == 0
    assert report["agent"]["events_opened"] > 0

    after = {path for path in state.rglob("*") if state / "own" not in (path, *path.parents)}
    assert after == before
    written = list((state / "own").rglob("*"))
    assert {path.stat().st_uid for path in written} == {NOBODY}
    assert not [path for path in written if path.name == "__pycache__"]
    with Spool(state / "own" / "spool.db", SpoolSettings(), site="s", device="d") as spool:
        assert spool.pending()


def test_a_state_folder_without_rights_is_told_in_plain_words(tmp_path: Path) -> None:
    if reason := why_not():
        pytest.skip(reason)
    state = tmp_path / "state"
    state.mkdir()
    make_bundle(state / "tiny")
    (state / "edge.toml").write_text(
        '[device]\nsite = "s"\nname = "d"\nstate = "/state/own"\n[inference]\nbundle = "/state/tiny"\n'
        '[[cameras]]\nname = "c"\nsource = "simulated:?fps=50&frames=10&width=128&height=96"\n'
    )
    state.chmod(0o755)
    done = imprisoned(
        tmp_path, "-c", "from linewatch.edge.cli import main; main()", "run", "--config", "/state/edge.toml"
    )
    assert done.returncode == 2
    assert "cannot make device.state /state/own: Permission denied" in done.stderr
    assert "Traceback" not in done.stderr
