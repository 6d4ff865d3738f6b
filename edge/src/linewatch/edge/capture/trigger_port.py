"""The socket at which a program of the line says that a part is there."""

import re
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from linewatch.edge.capture.isolation.message import MOST_PARTS
from linewatch.edge.capture.local_socket import bound_at
from linewatch.edge.capture.triggered import Triggered
from linewatch.edge.errors import SourceError

_WORDS = re.compile(rb"\s*part(?:\s+(\d{1,10}))?\s*")
_LONGEST = 256
_LOOK_S = 0.2


class TriggerPort:
    """Listens at a Unix datagram socket for `part` and `part 4711`, on a thread of its own: no program waits for it."""

    def __init__(self, path: Path, rule: Triggered, on_nonsense: Callable[[bytes], None]) -> None:
        """Listen at `path`; whoever may write to it (the agent's user and group) may trigger.

        Args:
            path: of the socket.
            rule: is told of each trigger.
            on_nonsense: called with what nobody understands.

        Raises:
            SourceError: there can be no socket at `path`.
        """
        self._path = path
        self._rule = rule
        self._on_nonsense = on_nonsense
        self._closed = threading.Event()
        self._socket = _bound(path)
        self._thread = threading.Thread(target=self._listen, name=f"trigger-{path.name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more, and take the socket away."""
        self._closed.set()
        self._thread.join()
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                said = self._socket.recv(_LONGEST)
            except TimeoutError:
                continue
            clock_s = time.monotonic()
            match = _WORDS.fullmatch(said)
            part = int(match[1]) if match and match[1] else None
            if match is None or (part is not None and not 1 <= part <= MOST_PARTS):
                self._on_nonsense(said)
            else:
                self._rule.trigger(clock_s, part)


def _bound(path: Path) -> socket.socket:
    try:
        end = bound_at(path, socket.SOCK_DGRAM)
    except OSError as error:
        raise SourceError(f"cannot listen for triggers at {path}: {error.strerror or error}") from error
    end.settimeout(_LOOK_S)
    return end
