"""The demo's other processes: started, waited for, and always ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from linewatch.cloud.errors import CloudError, TryAgain

_LOG_LINES_SHOWN = 15
_STOP_SECONDS = 15.0


class Child:
    """A command running beside the demo, its output kept in a log file."""

    def __init__(self, command: list[str], log: Path) -> None:
        self._command = command
        self._log = log

    def __enter__(self) -> Self:
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                self._command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], *, seconds: float, what: str) -> None:
        """Wait until `ready` holds.

        Raises:
            TryAgain: it did not hold within `seconds`, or the process ended before; shows the end of its log.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise TryAgain(f"{what} ended with exit code {self._process.returncode}:\n{self.log_end()}")
            if time.monotonic() > deadline:
                raise TryAgain(f"{what} was not ready within {seconds:.0f} s:\n{self.log_end()}")
            time.sleep(0.05)

    def wait(self, *, tick: Callable[[], None], what: str) -> None:
        """Wait for the process to end by itself, calling `tick` meanwhile.

        Raises:
            CloudError: it ended with another exit code than 0; shows the end of its log.
        """
        while self.running:
            tick()
            time.sleep(0.1)
        if self._process.returncode != 0:
            raise CloudError(f"{what} ended with exit code {self._process.returncode}:\n{self.log_end()}")

    def stop(self) -> None:
        """Ask the process to end; insist when it does not."""
        if not self.running:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def log_end(self) -> str:
        """The last lines that the process wrote."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_LOG_LINES_SHOWN:])


def installed_command(name: str) -> str:
    """Path of a command of the environment that runs this process.

    Raises:
        CloudError: it is not installed there.
    """
    path = Path(sys.executable).with_name(name)
    if not os.access(path, os.X_OK):
        raise CloudError(f"{name} is not installed beside {sys.executable}: run `pip install linewatch-edge` there")
    return str(path)
