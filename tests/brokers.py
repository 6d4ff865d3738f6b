"""Brokers for tests: the embedded one and mosquitto, each a process of its own that may be killed and started again."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pytest

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
KINDS = ["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)]


def until(holds: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Wait for `holds`; whether it came true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return holds()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


class BrokerProcess:
    """A broker on one loopback port for all its lives."""

    def __init__(self, kind: str, folder: Path, *, arguments: tuple[str, ...] = (), config: str = "") -> None:
        if kind == "mosquitto" and MOSQUITTO is None:
            pytest.skip("the mosquitto broker is not installed")
        self.port = free_port()
        self._command = [sys.executable, "-m", "linewatch.cloud.broker", "--port", str(self.port), *arguments]
        if kind == "mosquitto":
            self._command = [str(MOSQUITTO), "-c", str(self._configure(folder, config))]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert until(self._listens), "the broker does not listen"

    @property
    def pid(self) -> int | None:
        """Of the process that listens now; None when none does."""
        return self._process.pid if self._process else None

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def _configure(self, folder: Path, config: str) -> Path:
        user = pwd.getpwuid(os.getuid()).pw_name
        path = folder / "mosquitto.conf"
        path.write_text(f"listener {self.port} 127.0.0.1\nuser {user}\n" + (config or "allow_anonymous true\n"))
        return path
