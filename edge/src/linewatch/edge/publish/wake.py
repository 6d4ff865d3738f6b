"""Wakes a thread that sleeps in `select`."""

import select
import socket


class Wake:
    """A bell. `ring` may be called from any thread, and rings once however often it is called before it is heard."""

    def __init__(self) -> None:
        self._hear, self._say = socket.socketpair()
        self._hear.setblocking(False)
        self._say.setblocking(False)

    def fileno(self) -> int:
        """What to give to `select` for reading."""
        return self._hear.fileno()

    def ring(self) -> None:
        """Wake the sleeper. Harmless after `close`."""
        try:
            self._say.send(b"!")
        except OSError:
            return  # full: it rings already; closed: nobody sleeps

    def wait(self, seconds: float) -> None:
        """Sleep until it rings or the time is over."""
        select.select([self], [], [], seconds)
        self.quiet()

    def quiet(self) -> None:
        """Forget what rang so far."""
        try:
            while self._hear.recv(4096):
                pass
        except BlockingIOError:
            return

    def close(self) -> None:
        """Let go of the sockets."""
        self._hear.close()
        self._say.close()
