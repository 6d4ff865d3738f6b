"""Hands frames from camera threads to inference workers."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from linewatch.edge.capture.frame import Frame
from linewatch.edge.ring.lane import Item, Lane, Mark
from linewatch.edge.ring.lost import Lost
from linewatch.edge.ring.settings import RingSettings

StampT = TypeVar("StampT")


@dataclass(frozen=True, slots=True)
class Taken(Generic[StampT]):
    """What a worker got: `item` number `ticket` of `camera`, and what was stamped on it."""

    camera: str
    ticket: int
    item: Item
    stamp: StampT


class Ring:
    """Bounded hand-over, fair over cameras. A live camera never waits; others wait for room."""

    def __init__(self, limits: RingSettings) -> None:
        """An open ring without cameras."""
        self._limits = limits
        self._lock = threading.Lock()
        self._not_empty = threading.Condition(self._lock)
        self._has_room = threading.Condition(self._lock)
        self._lanes: dict[str, Lane] = {}
        self._order: list[Lane] = []
        self._turn = 0
        self._idle = 0
        self._closed = False

    def add_camera(self, camera: str, *, live: bool) -> None:
        """Make room for `camera`."""
        with self._lock:
            lane = Lane(camera, live=live, limits=self._limits)
            self._lanes[camera] = lane
            self._order.append(lane)

    def put(self, frame: Frame) -> bool:
        """Offer a frame; waits for room unless the camera is live. False: the ring is closed."""
        lane = self._lanes[frame.camera]
        with self._lock:
            while not self._closed and not lane.live and not lane.has_room(frame):
                self._has_room.wait()
            if self._closed:
                return False
            lane.push(frame)
            self._not_empty.notify()
            return True

    def end_stream(self, camera: str) -> None:
        """Mark that the stream of `camera` ended here; never waits, is never skipped."""
        with self._lock:
            self._lanes[camera].push(Mark.STREAM_ENDED)
            self._not_empty.notify()

    def lose(self, camera: str, lost: Lost) -> None:
        """Tell, in the place of a next frame of `camera`, of parts that nobody will judge; never waits."""
        with self._lock:
            self._lanes[camera].push(lost)
            self._not_empty.notify()

    def take(
        self, stamp: Callable[[], StampT], most: Callable[[StampT, Item], int] = lambda *_: 1
    ) -> list[Taken[StampT]]:
        """The next item of the next camera that has one, and more in the same way; none: the ring is closed and empty.

        Args:
            stamp: called once, under the ring's lock: the stamps of a camera change in the order of its frames.
            most: how many items may be taken, given the stamp and the first of them; called under the lock too. What
                waits is shared with those who wait for it: nobody takes more than their part.
        """
        with self._lock:
            while (lane := self._next_lane()) is None:
                if self._closed:
                    return []
                self._idle += 1
                self._not_empty.wait()
                self._idle -= 1
            mark = stamp()
            share = share_of(sum(map(len, self._order)), self._idle)
            taken = [self._pop(lane, mark)]
            room = min(most(mark, taken[0].item), share)
            while len(taken) < room and (lane := self._next_lane()) is not None:
                taken.append(self._pop(lane, mark))
            return taken

    def close(self) -> None:
        """Take no more frames; what waits is still handed out, then every `take` gives None."""
        with self._lock:
            self._closed = True
            self._not_empty.notify_all()
            self._has_room.notify_all()

    def overrun(self, camera: str) -> int:
        """Frames of `camera` that gave way to newer ones."""
        return self._lanes[camera].overrun

    def waiting(self) -> int:
        """Items that wait, over all cameras."""
        with self._lock:
            return sum(map(len, self._order))

    def _pop(self, lane: Lane, stamp: StampT) -> Taken[StampT]:
        ticket, item = lane.pop()
        if not lane.live:
            self._has_room.notify_all()
        return Taken(lane.camera, ticket, item, stamp)

    def _next_lane(self) -> Lane | None:
        for step in _turns(self._turn, len(self._order)):
            if len(self._order[step]):
                self._turn = step + 1
                return self._order[step]
        return None


def share_of(waiting: int, idle: int) -> int:
    """How many of `waiting` items one may take while `idle` others wait for some."""
    return -(-waiting // (1 + idle))


def _turns(first: int, count: int) -> Iterable[int]:
    return ((first + step) % count for step in range(count))
