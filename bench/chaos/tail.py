"""Counts what a growing log tells of, without reading it from the beginning each time."""

from pathlib import Path


class LogTail:
    """How many lines of `log` hold `word`; a line that is not whole yet is counted later."""

    def __init__(self, log: Path, word: str) -> None:
        self._log = log
        self._word = word.encode()
        self._read = 0
        self._count = 0

    def count(self) -> int:
        """So far."""
        with self._log.open("rb") as log:
            log.seek(self._read)
            new = log.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._read += len(whole)
        self._count += whole.count(self._word)
        return self._count
