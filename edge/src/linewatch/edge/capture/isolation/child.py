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
import time

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.capture.isolation.memory import FrameMemory
from linewatch.edge.capture.isolation.message import (
    Ended,
    Failed,
    FrameReady,
    Open,
    Opened,
    Room,
    RoomWanted,
    SlotFree,
    Unreadable,
)
from linewatch.edge.capture.isolation.wire import Wire
from linewatch.edge.capture.playback import Playback
from linewatch.edge.capture.source import FrameSource
from linewatch.edge.errors import UnreadablePictureError, WrongUse

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_TOLERATED_RUN = 10
"""Broken pictures in a row before the next one is waited for."""
_BREATH_S = 0.1


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


def _play(playback: Playback, wire: Wire) -> None:
    # Supervision boundary: whatever a driver or decoder raises is told to the agent, which decides.
    try:
        source = playback.open(threading.Event())
        try:
            wire.send(Opened(source.fps or 0.0))
            Delivery(wire, live=playback.live).run(source)
        finally:
            source.close()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:  # noqa: BLE001
        wire.send(Failed(isinstance(error, WrongUse), f"{error}" or type(error).__name__))


class Delivery:
    """Moves frames from a source to slots, and tells of them."""

    def __init__(self, wire: Wire, *, live: bool) -> None:
        """Deliver through `wire`; with `live`, a frame that finds no free slot is skipped, else it waits for one."""
        self._wire = wire
        self._live = live
        self._number = 0
        self._memory: FrameMemory | None = None
        self._free: list[int] = []
        self._skipped = 0

    def run(self, source: FrameSource) -> None:
        """Deliver until the source ends.

        Raises:
            CameraError: the source failed.
            EOFError, OSError: nobody listens any more.
        """
        broken_run = 0
        while True:
            try:
                pixels = source.read()
            except UnreadablePictureError as error:
                broken_run += 1
                self._wire.send(Unreadable(str(error)))
                if broken_run > _TOLERATED_RUN:
                    time.sleep(_BREATH_S)
                continue
            broken_run = 0
            if pixels is None:
                self._wire.send(Ended(self._skipped))
                return
            self._deliver(pixels)

    def _deliver(self, pixels: UInt8Array) -> None:
        time_unix_ns, clock_s = time.time_ns(), time.monotonic()
        self._hear()
        memory = self._roomy(pixels.nbytes)
        while not self._free:
            if self._live:
                self._skipped += 1
                return
            self._hear(wait=True)
            memory = self._roomy(pixels.nbytes)
        slot = self._free.pop()
        memory.write(slot, pixels)
        height, width = pixels.shape[:2]
        self._wire.send(FrameReady(self._number, slot, height, width, self._skipped, time_unix_ns, clock_s))
        self._skipped = 0

    def _roomy(self, count: int) -> FrameMemory:
        """Memory of which the slots hold `count` bytes."""
        asked = False
        while (memory := self._memory) is None or memory.slot_bytes < count:
            if not asked:
                self._wire.send(RoomWanted(count))
                asked = True
            self._hear(wait=True)
        return memory

    def _hear(self, *, wait: bool = False) -> None:
        """Take in what the agent said; with `wait`, at least one message."""
        while (received := self._wire.receive(wait=wait)) is not None:
            message, descriptor = received
            wait = False
            if isinstance(message, Room) and descriptor is not None:
                self._memory = FrameMemory(descriptor, message.slots, message.bytes)
                os.close(descriptor)
                self._number = message.memory
                self._free = list(range(message.slots))
            elif isinstance(message, SlotFree) and message.memory == self._number:
                self._free.append(message.slot)


if __name__ == "__main__":
    sys.exit(main())
