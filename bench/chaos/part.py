"""One process of the rig: started, killed without warning, started again."""

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
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def start(self) -> None:
        """Run it."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, cwd=self._folder, stdout=log, stderr=log)

    def kill(self) -> None:
        """`kill -9`: it learns nothing of it.

        Raises:
            RuntimeError: it was dead already, and not by our hand.
        """
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"{self.name} ended by itself with {self._process.returncode}; see {self._log}")
        self._process.kill()
        self._process.wait()
        self.kills += 1

    def end(self) -> None:
        """Ask it to end, and wait. May be called twice."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
