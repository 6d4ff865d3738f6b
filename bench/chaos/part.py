"""One process of the rig: started, killed without warning, started again."""

import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

_PATIENCE_SECONDS = 90.0


class Part:
    """A process that is started with `command`; what it prints goes to a log beside the others."""

    def __init__(self, name: str, command: Sequence[str], folder: Path, log: Path) -> None:
        self.name = name
        self.kills = 0
        self._command = command
        self._folder = folder
        self._log = log
        # Some end by the signal itself, which is as good.
        self._good_codes = (0, -signal.SIGTERM)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        """Number of the process, which must live."""
        return self._alive().pid

    def start(self) -> None:
        """Run it."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, cwd=self._folder, stdout=log, stderr=log)

    def kill(self) -> None:
        """`kill -9`: it learns nothing of it.

        Raises:
            RuntimeError: it was dead already, and not by our hand.
        """
        process = self._alive()
        process.kill()
        process.wait()
        self.kills += 1

    def end(self) -> None:
        """Ask it to end, and wait.

        Raises:
            RuntimeError: it was dead already, had to be killed, or says that it failed.
        """
        process = self._alive()
        process.terminate()
        try:
            code = process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"{self.name} did not end when asked to; see {self._log}") from None
        if code not in self._good_codes:
            raise RuntimeError(f"{self.name} ended with {code} when asked to end; see {self._log}")

    def _alive(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"{self.name} ended by itself with {self._process.returncode}; see {self._log}")
        return self._process
