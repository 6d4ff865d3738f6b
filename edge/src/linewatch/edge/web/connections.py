"""Which connections are open, and until when each may be."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

_BURST = 60
_RATE_PER_S = 20.0


@dataclass(slots=True)
class _Open:
    address: str
    until_s: float


class Connections:
    """Admits so many, half of them from one address, and cuts those that take too long. Safe from any thread.

    New ones come sixty at once and twenty a second for long: greetings of TLS cost the processor that judges frames.
    """

    def __init__(self, most: int, patience_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Admit `most`; each has `patience_s` seconds for every request and its answer."""
        self._most = most
        self._patience_s = patience_s
        self._clock = clock
        self._open: dict[socket.socket, _Open] = {}
        self._left, self._counted_s = float(_BURST), clock()
        self._lock = threading.Lock()

    def admit(self, end: socket.socket, address: str) -> bool:
        """Whether there is room for one more."""
        with self._lock:
            if not self._comes_slowly():
                return False
            same = sum(one.address == address for one in self._open.values())
            if len(self._open) >= self._most or same >= max(1, self._most // 2):
                return False
            self._open[end] = _Open(address, self._clock() + self._patience_s)
            return True

    def renew(self, end: socket.socket) -> None:
        """It is done with one request, and has time for another."""
        with self._lock:
            if (found := self._open.get(end)) is not None:
                found.until_s = self._clock() + self._patience_s

    def forget(self, end: socket.socket) -> None:
        """It is closed."""
        with self._lock:
            self._open.pop(end, None)

    def cut(self, *, everything: bool = False) -> None:
        """End those whose time is up: whoever waits for them, to read or to write, hears of it at once."""
        now = self._clock()
        with self._lock:
            for end in [end for end, one in self._open.items() if everything or one.until_s < now]:
                # Of the plain socket below TLS: that of TLS would take its keys away from the thread that uses them.
                with suppress(OSError):
                    socket.socket.shutdown(end, socket.SHUT_RDWR)

    def _comes_slowly(self) -> bool:
        now = self._clock()
        self._left = min(_BURST, self._left + _RATE_PER_S * (now - self._counted_s))
        self._counted_s = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def __len__(self) -> int:
        with self._lock:
            return len(self._open)
