"""Which connections are open, and until when each may be."""

import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

_BURST, _RATE_PER_S = 120, 40.0
_BURST_OF_ONE, _RATE_OF_ONE_PER_S = 60, 20.0
_ADDRESSES = 1024


@dataclass(slots=True)
class _Open:
    address: str
    until_s: float


class _Bucket:
    """So many at once, and so many a second for long."""

    def __init__(self, most: int, rate_per_s: float, now_s: float) -> None:
        self._most = most
        self._rate_per_s = rate_per_s
        self._left = float(most)
        self._counted_s = now_s

    def take(self, now_s: float) -> bool:
        """Whether there is one left."""
        self._left = min(self._most, self._left + self._rate_per_s * (now_s - self._counted_s))
        self._counted_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Connections:
    """Admits so many, half of them from one address, and cuts those that take too long. Safe from any thread.

    New ones come 120 at once and 40 a second for long, half of them from one address: greetings of TLS cost the
    processor that judges frames. Those from one address that come faster take nothing from the others.
    """

    def __init__(self, most: int, patience_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Admit `most`; each has `patience_s` seconds until it has asked, and as many again until it is answered."""
        self._most = most
        self._patience_s = patience_s
        self._clock = clock
        self._open: dict[socket.socket, _Open] = {}
        self._all = _Bucket(_BURST, _RATE_PER_S, clock())
        self._by_address: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def admit(self, end: socket.socket, address: str) -> bool:
        """Whether there is room for one more."""
        with self._lock:
            if not self._comes_slowly(address):
                return False
            same = sum(one.address == address for one in self._open.values())
            if len(self._open) >= self._most or same >= max(1, self._most // 2):
                return False
            self._open[end] = _Open(address, self._clock() + self._patience_s)
            return True

    def renew(self, end: socket.socket) -> None:
        """It has come a step further, to the end of a head or of an answer, and has time for the next one."""
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

    def _comes_slowly(self, address: str) -> bool:
        now = self._clock()
        own = self._by_address.pop(address, None) or _Bucket(_BURST_OF_ONE, _RATE_OF_ONE_PER_S, now)
        self._by_address[address] = own
        if len(self._by_address) > _ADDRESSES:
            self._by_address.popitem(last=False)
        return own.take(now) and self._all.take(now)

    def __len__(self) -> int:
        with self._lock:
            return len(self._open)
