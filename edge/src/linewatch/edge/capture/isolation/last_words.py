"""What a camera's process said last."""

import contextlib
import os
import threading
from collections.abc import Iterator

_KEPT_BYTES = 1 << 14
_READ_BYTES = 1 << 16


class LastWords:
    """Reads what a process writes, on a thread of its own, and keeps the end of it.

    A decoder may say more than a pipe holds: it must neither wait until somebody reads, nor hide what came last.
    """

    def __init__(self) -> None:
        """Keep 16 KiB; the thread starts with the process."""
        self._said = bytearray()
        self._reader: threading.Thread | None = None

    @contextlib.contextmanager
    def pen(self) -> Iterator[int]:
        """A descriptor for the process that is started meanwhile. Its reader ends when nobody can write any more."""
        said, pen = os.pipe2(os.O_CLOEXEC)
        try:
            yield pen
        finally:
            os.close(pen)
            self._reader = threading.Thread(target=self._listen, args=(said,), name="last-words", daemon=True)
            self._reader.start()

    def end(self, patience_s: float) -> None:
        """Wait, up to so many seconds, until everything was read."""
        if self._reader is not None:
            self._reader.join(patience_s)

    @property
    def last_line(self) -> str:
        """The last line with something in it; empty where nothing was said."""
        lines = bytes(self._said).decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def _listen(self, said: int) -> None:
        with open(said, "rb", buffering=0) as pipe:
            while heard := pipe.read(_READ_BYTES):
                self._said += heard
                del self._said[:-_KEPT_BYTES]
