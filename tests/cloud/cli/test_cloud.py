"""`linewatch cloud` and `linewatch publish` as a person runs them: real processes, exit codes, messages."""

import json
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from linewatch.cloud.demo.children import installed_command
from linewatch.cloud.demo.ports import free_ports

LINEWATCH = installed_command("linewatch")


def command(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINEWATCH, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120, cwd=cwd
    )


def set_ports(folder: Path, http: int, broker: int) -> None:
    path = folder / "cloud.toml"
    text = path.read_text().replace("port = 8440", f"port = {http}").replace("port = 1883", f"port = {broker}")
    path.write_text(text)


class Up:
    """`linewatch cloud up`, waited for until it says where it listens."""

    def __init__(self, folder: Path) -> None:
        self.said = folder / "up.json"
        self.process = subprocess.Popen(
            [LINEWATCH, "cloud", "up", "--json", str(self.said)],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def listening(self) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            if self.said.is_file() and (text := self.said.read_text()):
                return dict(json.loads(text))
            time.sleep(0.05)
        raise AssertionError(self.process.communicate(timeout=5))

    def end(self, number: int) -> tuple[int, str, str]:
        self.process.send_signal(number)
        output, errors = self.process.communicate(timeout=30)
        return self.process.returncode, output, errors


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    done = command("cloud", "init", "--dir", "cloud", "--site", "plant-1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    set_ports(tmp_path / "cloud", *free_ports(2))
    return tmp_path / "cloud"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_up_serves_what_is_published_meanwhile_and_stops_clean(
    folder: Path, make_bundle: Callable[..., Path], number: int
) -> None:
    up = Up(folder)
    try:
        listening = up.listening()
        published = command("publish", make_bundle(), "--json", "p.json", cwd=folder)
        assert published.returncode == 0, published.stderr
        result = json.loads((folder / "p.json").read_text())
        assert (result["name"], result["site"], result["release"]) == ("washers", "plant-1", 1)
        assert result["digest"] in published.stdout
        manifest = f"{listening['registry']}/targets/releases/plant-1/{result['digest']}.washers.json"
        with urllib.request.urlopen(manifest, timeout=5) as answer:
            assert json.load(answer)["release"] == "1"
        with urllib.request.urlopen(listening["health"], timeout=5) as answer:
            assert json.load(answer)["status"] == "ok"
    finally:
        code, output, errors = up.end(number)
    assert code == 0, errors
    assert listening["registry"] in output
    assert "Traceback" not in errors


def test_up_on_a_port_in_use_says_so_and_leaves_nothing_running(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (folder / "cloud.toml").write_text(f"[http]\nport = {port}\n[broker]\nport = 0\n")
        done = command("cloud", "up", cwd=folder)
    assert done.returncode == 2
    assert f"another program listens on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_commands_without_a_cloud_folder_say_what_to_run(tmp_path: Path, make_bundle: Callable[..., Path]) -> None:
    bundle = make_bundle()
    for arguments in (["cloud", "up"], ["publish", str(bundle)]):
        done = command(*arguments, cwd=tmp_path)
        assert done.returncode == 2
        assert "linewatch cloud init" in done.stderr
    (tmp_path / "cloud.toml").write_text("")
    for arguments in (["cloud", "up"], ["publish", str(bundle)]):
        done = command(*arguments, cwd=tmp_path)
        assert done.returncode == 2
        assert "there is no registry" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_damaged_bundle_is_exit_code_3(folder: Path, make_bundle: Callable[..., Path]) -> None:
    bundle = make_bundle()
    (bundle / "recipe.json").write_bytes(b"[]")
    done = command("publish", bundle, cwd=folder)
    assert done.returncode == 3
    assert "nothing was published" in done.stderr


def test_renew_says_until_when(folder: Path) -> None:
    done = command("cloud", "renew", "--json", "r.json", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert set(json.loads((folder / "r.json").read_text())["expires"]) == {"root", "targets", "snapshot", "timestamp"}
    assert (folder / "registry/metadata/2.root.json").is_file()
