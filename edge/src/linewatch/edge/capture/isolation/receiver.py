"""The agent's end of the wire: takes frames out of shared memory, wherever they were written."""

import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from linewatch.edge.capture.colour import Colour
from linewatch.edge.capture.isolation.memory import FrameMemory
from linewatch.edge.capture.isolation.message import (
    MOST_UNREADABLE,
    Ended,
    Failed,
    FrameReady,
    Message,
    Opened,
    Room,
    RoomWanted,
    SlotFree,
    Unreadable,
)
from linewatch.edge.capture.isolation.wire import Wire
from linewatch.edge.capture.picture import Picture
from linewatch.edge.capture.pixel_form import PixelForm
from linewatch.edge.capture.stream import Shot
from linewatch.edge.errors import CameraError, SourceError, UnreadablePictureError

MOST_FRAME_BYTES = 1 << 28
"""A camera that claims larger frames is broken."""
_OLDEST_FRAME_S, _CLOCKS_APART_S = 600.0, 1.0
LATE_S = 5.0
"""A camera that is not open by then is told of, and still waited for."""
_OPENING_S = 20.0
_POLL_S = 0.1


@dataclass(slots=True)
class _Lending:
    """Memory, and which of its slots the agent holds."""

    memory: FrameMemory
    lent: set[int] = field(default_factory=set)


class FrameReceiver:
    """Frames of whoever is at the other end of a wire."""

    def __init__(
        self,
        wire: Wire,
        *,
        stop: threading.Event,
        holds: Callable[[], int],
        stall_s: float,
        obituary: Callable[[], str],
        idle: Callable[[], None] = lambda: None,
        slow: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Talk through `wire`, which belongs to the receiver from now on.

        Args:
            wire: to whoever writes the frames.
            stop: ends every wait early.
            holds: most frames that the agent holds at a time; asked again and again, for a new bundle may want more.
            stall_s: without a frame for so many seconds the camera has failed; 0 for one that may be silent.
            obituary: why the other end is gone, asked when it is.
            idle: called again and again while no frame comes.
            slow: told once, in words, when it has not opened within `LATE_S`; it is waited for all the same.
        """
        self.fps: float | None = None
        self.about = ""
        self.skipped = 0
        self._wire = wire
        self._stop = stop
        self._holds = holds
        self._stall_s = stall_s
        self._obituary = obituary
        self._idle = idle
        self._slow = slow
        self._silent_s = 0.0
        self._rooms: dict[int, _Lending] = {}
        self._number = 0
        self._late: deque[SlotFree] = deque()
        self._poll = select.poll()
        self._poll.register(wire, select.POLLIN)

    def await_opened(self) -> None:
        """Wait until the camera is open.

        Raises:
            SourceError: the file or folder is not what it should be.
            CameraError: the device or stream does not answer, or the other end is gone.
        """
        begun_s = time.monotonic()
        told = False
        while not self._stop.is_set():
            message = self._next()
            if isinstance(message, Opened):
                self.fps, self.about = message.fps or None, message.about
                return
            waited_s = time.monotonic() - begun_s
            if waited_s > _OPENING_S:
                raise CameraError(f"it does not open within {_OPENING_S:g} s")
            if waited_s > LATE_S and not told:
                told = True
                self._slow(f"it does not open within {LATE_S:g} s")

    def close(self) -> None:
        """Hang up. Frames that are still held stay as they are. May be called twice."""
        self._wire.close()
        self._rooms = {}  # memory goes with the last frame that is held, not when cycles are collected

    def read(self) -> Shot | None:
        """The next frame; see `FrameStream.read`."""
        silent_s = self._silent_s or time.monotonic()
        while not self._stop.is_set():
            if self._stall_s and time.monotonic() - silent_s > self._stall_s:
                raise CameraError(f"no frame for {self._stall_s:g} s")
            message = self._next()
            if message is None:
                self._idle()
            if isinstance(message, FrameReady):
                self._silent_s = 0.0
                return self._shot(message)
            if isinstance(message, Unreadable):
                self._silent_s = silent_s
                raise UnreadablePictureError(message.reason, min(message.frames, MOST_UNREADABLE))
            if isinstance(message, Ended):
                self.skipped += message.skipped
                return None
            if not self._may_deliver():
                silent_s = time.monotonic()
        return None

    def _next(self) -> Message | None:
        """The next message that is not the wire's own matter; None when nothing came for a while."""
        while self._late and self._wire.try_send(self._late[0]):
            self._late.popleft()
        try:
            if not self._poll.poll(1000 * _POLL_S):
                return None
            received = self._wire.receive(wait=False)
        except EOFError:
            raise CameraError(self._obituary()) from None
        if received is None:
            return None
        message, descriptor = received
        if descriptor is not None:
            os.close(descriptor)
        if isinstance(message, Failed):
            raise SourceError(message.reason) if message.wrong_use else CameraError(message.reason)
        if isinstance(message, RoomWanted):
            self._rooms = {}  # it has told of every frame in those before it asks
            self._make_room(message.bytes)
        return message

    def _make_room(self, count: int) -> None:
        if not 0 < count <= MOST_FRAME_BYTES:
            raise CameraError(f"it claims frames of {count} bytes")
        slots = self._holds() + 1
        memory, descriptor = FrameMemory.create(slots, count, "linewatch-frames")
        self._number += 1
        self._rooms[self._number] = _Lending(memory)
        try:
            self._wire.send(Room(self._number, slots, count), descriptor)
        except BlockingIOError:
            raise CameraError("it asks for memory and does not listen to the answers") from None
        except OSError:
            raise CameraError(self._obituary()) from None
        finally:
            os.close(descriptor)

    def _shot(self, ready: FrameReady) -> Shot:
        lending = self._rooms.get(ready.memory)
        if lending is None or ready.slot in lending.lent:
            raise CameraError("the camera's process told of a frame in memory that it does not have")
        form, colour = _kind(ready)
        _check_time(ready.clock_s)
        give_back = partial(self._give_back, lending, ready.memory, ready.slot)
        planes = lending.memory.lend(ready.slot, form, ready.height, ready.width, give_back)
        lending.lent.add(ready.slot)
        # It writes to its newest memory from the moment it has heard of it.
        self._rooms = {number: room for number, room in self._rooms.items() if number >= ready.memory}
        newest = self._rooms[self._number].memory
        if self._holds() >= newest.slots:
            self._make_room(newest.slot_bytes)
        self.skipped += ready.skipped
        return Shot(Picture(form, planes, colour), ready.time_unix_ns, ready.clock_s, ready.part)

    def _give_back(self, lending: "_Lending", memory: int, slot: int) -> None:
        lending.lent.discard(slot)
        free = SlotFree(memory, slot)
        if not self._wire.try_send(free):
            self._late.append(free)

    def _may_deliver(self) -> bool:
        """Whether it has a slot to write to, or never asked for any: else its silence is ours."""
        if not self._rooms:
            return True
        newest = self._rooms[self._number]
        return len(newest.lent) < newest.memory.slots


def _check_time(clock_s: float) -> None:
    """Everything that measures how soon decisions come hangs on it."""
    if not -_OLDEST_FRAME_S < clock_s - time.monotonic() < _CLOCKS_APART_S:
        raise CameraError(
            f"a frame says that it was captured at {clock_s:.3f} s: write seconds of CLOCK_MONOTONIC, which are "
            f"{time.monotonic():.3f} now"
        )


def _kind(ready: FrameReady) -> tuple[PixelForm, Colour]:
    try:
        return PixelForm(ready.form), Colour(ready.colour)
    except ValueError as error:
        raise CameraError(f"the camera's process told of a frame of an unknown kind: {error}") from error
