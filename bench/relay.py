"""Passes TCP connections on to a local port and counts what goes through."""

import contextlib
import socket
import threading
from typing import Self

_PIECE = 65536


class Relay:
    """Listens at `port`; `bytes_up` went to the other side, `bytes_down` came from it."""

    def __init__(self, target: int) -> None:
        """Pass on to `target` on this machine."""
        self.bytes_up = 0
        self.bytes_down = 0
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                near, _ = self._listener.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self._target))
                except OSError:  # nobody listens yet: whoever came will come again
                    near.close()
                    continue
                for source, sink, up in ((near, far, True), (far, near, False)):
                    threading.Thread(target=self._pass, args=(source, sink, up), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, up: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(_PIECE):
                if up:
                    self.bytes_up += len(piece)
                else:
                    self.bytes_down += len(piece)
                sink.sendall(piece)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
