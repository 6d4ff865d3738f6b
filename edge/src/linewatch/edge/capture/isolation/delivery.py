"""The camera's end of the wire: puts frames into shared memory."""

import os
import time

from linewatch.edge.capture.isolation.memory import FrameMemory
from linewatch.edge.capture.isolation.message import (
    MOST_PARTS,
    MOST_UNREADABLE,
    Ended,
    FrameReady,
    Room,
    RoomWanted,
    SlotFree,
    Unreadable,
)
from linewatch.edge.capture.isolation.wire import Wire
from linewatch.edge.capture.picture import Pixels, as_picture
from linewatch.edge.capture.source import FrameSource
from linewatch.edge.errors import CameraError, UnreadablePictureError

_TOLERATED_RUN = 10
"""Broken pictures in a row before the next one is waited for."""
_BREATH_S = 0.1


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
                self._wire.send(Unreadable(min(error.frames, MOST_UNREADABLE), str(error)))
                if broken_run > _TOLERATED_RUN:
                    time.sleep(_BREATH_S)
                continue
            broken_run = 0
            if pixels is None:
                self._wire.send(Ended(self._skipped))
                return
            self.deliver(pixels)

    def deliver(self, pixels: Pixels, part: int = 0) -> None:
        """Deliver a frame that was captured just now. When this returns, `pixels` may be written to again.

        Args:
            pixels: the frame.
            part: number of the part of the line that it shows, 1 to 2^32 - 1; 0 for none.

        Raises:
            CameraError: it is no frame, or `part` is no such number.
            EOFError, OSError: nobody listens any more.
        """
        picture = as_picture(pixels)
        if not 0 <= part <= MOST_PARTS:
            raise CameraError(f"part {part}: parts have numbers from 1 to {MOST_PARTS}, and 0 is none")
        time_unix_ns, clock_s = time.time_ns(), time.monotonic()
        self._hear()
        count = picture.nbytes
        memory = self._roomy(count)
        while not self._free:
            if self._live:
                self._skipped += 1
                return
            self._hear(wait=True)
            memory = self._roomy(count)
        slot = self._free.pop()
        memory.write(slot, picture)
        self._wire.send(
            FrameReady(
                self._number,
                slot,
                picture.height,
                picture.width,
                self._skipped,
                time_unix_ns,
                clock_s,
                part,
                picture.form,
                picture.colour,
            )
        )
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
