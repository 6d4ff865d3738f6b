"""A camera whose driver is somebody else's program: it connects to a socket and writes frames to shared memory.

`linewatch.edge.driver` is such a program's side of it in Python, `docs/edge.md` describes the messages for others.
"""

import contextlib
import select
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from linewatch.edge.capture.isolation.receiver import LATE_S, FrameReceiver
from linewatch.edge.capture.isolation.wire import Wire
from linewatch.edge.capture.local_socket import bound_at
from linewatch.edge.errors import CameraError, SourceError

_PATIENCE_S = 20.0
_POLL_S = 0.1


def await_driver(
    path: Path,
    *,
    stop: threading.Event,
    holds: Callable[[], int],
    stall_s: float,
    idle: Callable[[], None] = lambda: None,
    slow: Callable[[str], None] = lambda _: None,
) -> FrameReceiver:
    """Listen at `path` until a driver connects and says that it is open; nobody else can while it stays.

    Args:
        path: of the socket; whoever may write to it (the agent's user and group) may be the driver.
        stop, holds, stall_s, idle, slow: as in `FrameReceiver`; `slow` is told when nobody connects, too.

    Raises:
        SourceError: there can be no socket at `path`.
        CameraError: no driver connects, or it hangs up, or the agent stops before.
    """
    with contextlib.closing(_listener(path)) as listener:
        absent, told = f"no driver has connected to {path}", False
        poll, begun_s = select.poll(), time.monotonic()
        poll.register(listener, select.POLLIN)
        while not poll.poll(1000 * _POLL_S):
            waited_s = time.monotonic() - begun_s
            if stop.is_set() or waited_s > _PATIENCE_S:
                raise CameraError(absent)
            if waited_s > LATE_S and not told:
                told = True
                slow(absent)
        connection, _ = listener.accept()
    path.unlink(missing_ok=True)
    receiver = FrameReceiver(
        Wire(connection),
        stop=stop,
        holds=holds,
        stall_s=stall_s,
        obituary=lambda: f"the driver at {path} hung up",
        idle=idle,
        slow=slow,
    )
    try:
        receiver.await_opened()
    except BaseException:
        receiver.close()
        raise
    return receiver


def _listener(path: Path) -> socket.socket:
    try:
        listener = bound_at(path, socket.SOCK_SEQPACKET)
    except OSError as error:
        raise SourceError(f"cannot listen for a driver at {path}: {error.strerror or error}") from error
    listener.listen(1)
    return listener
