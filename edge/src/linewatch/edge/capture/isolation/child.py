"""A camera's process: `python -m linewatch.edge.capture.isolation.child NAME`, its socket as standard input.

Decoders and drivers parse what strangers send. Here they can crash, hang or leak without harm to anything else.
"""

import contextlib
import ctypes
import os
import signal
import socket
import sys
import threading

from linewatch.edge.capture.isolation.delivery import Delivery
from linewatch.edge.capture.isolation.message import Failed, Open, Opened
from linewatch.edge.capture.isolation.wire import Wire
from linewatch.edge.capture.playback import Playback
from linewatch.edge.capture.source import about
from linewatch.edge.errors import WrongUse
from linewatch.edge.heap import keep_freed_memory

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


def main() -> int:
    """Open the camera that the first message names, and deliver its frames until it ends or nobody listens."""
    _settle()
    wire = Wire(socket.socket(fileno=os.dup(sys.stdin.fileno())))
    with contextlib.suppress(EOFError, OSError):  # nobody listens any more
        received = wire.receive()
        assert received is not None
        order, _ = received
        assert isinstance(order, Open)
        _play(Playback.from_json(order.playback), wire)
    return 0


def _settle() -> None:
    """The agent ends this process, and no signal meant for the agent; without the agent it ends too."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_freed_memory()


def _play(playback: Playback, wire: Wire) -> None:
    # Supervision boundary: whatever a driver or decoder raises is told to the agent, which decides.
    try:
        source = playback.open(threading.Event())
        try:
            wire.send(Opened(source.fps or 0.0, about(source)))
            Delivery(wire, live=playback.live).run(source)
        finally:
            source.close()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:  # noqa: BLE001
        wire.send(Failed(isinstance(error, WrongUse), f"{error}" or type(error).__name__))


if __name__ == "__main__":
    sys.exit(main())
