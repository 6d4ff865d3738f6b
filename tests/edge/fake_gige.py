"""Aravis' fake camera as a process of its own: GigE Vision over UDP on the loopback."""

import ctypes
import fcntl
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

import pytest

_COMMAND = shutil.which("arv-fake-gv-camera-0.8")
ADDRESS = "127.0.0.1"
_CONTROL_PORT = 3956
_ASK_FOR_DEVICES = bytes.fromhex("42 11 0002 0000 0001")


class FakeGigeCamera:
    """One fake camera. There is one control port, so that cameras of other test runs are waited for."""

    def __init__(self, *, lost_per_thousand: int = 0) -> None:
        if _COMMAND is None or not _has_library():
            pytest.skip("Aravis is not installed: apt-get install aravis-tools")
        self._turn = Path(_COMMAND).open("rb")  # noqa: SIM115 - held until the camera is put away
        fcntl.flock(self._turn, fcntl.LOCK_EX)
        self._command = [_COMMAND, "-i", ADDRESS, "-s", "LW01", "-r", str(lost_per_thousand)]
        self.plug_in()

    def plug_in(self) -> None:
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        limit = time.monotonic() + 10
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.settimeout(0.1)
            end.bind((ADDRESS, 0))
            while time.monotonic() < limit:
                end.sendto(_ASK_FOR_DEVICES, (ADDRESS, _CONTROL_PORT))
                try:
                    end.recv(1024)
                    return
                except OSError:
                    continue
        raise TimeoutError("the fake camera does not answer")

    def pull_out(self) -> None:
        """Kill it, as if the cable were cut."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.pull_out()
        self._turn.close()


def _has_library() -> bool:
    try:
        ctypes.CDLL("libaravis-0.8.so.0")
        return True
    except OSError:
        return False
