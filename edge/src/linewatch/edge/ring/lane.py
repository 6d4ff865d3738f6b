"""One camera's place in the ring."""

from collections import deque
from enum import Enum, auto
from typing import TypeAlias

from linewatch.edge.capture.frame import Frame
from linewatch.edge.ring.lost import Lost
from linewatch.edge.ring.settings import RingSettings


class Mark(Enum):
    """What takes the place of a frame."""

    STREAM_ENDED = auto()


Item: TypeAlias = Frame | Lost | Mark
"""What waits in a lane."""


class Lane:
    """The waiting frames of one camera, oldest first. Guarded by the ring's lock.

    A frame that gives way leaves the number of its part in its place, so that the part gets its verdict in turn.
    """

    def __init__(self, camera: str, *, live: bool, limits: RingSettings) -> None:
        """An empty lane; `live` lanes give up their oldest frame for the newest."""
        self.camera = camera
        self.live = live
        self.overrun = 0
        self._limits = limits
        self._items: deque[Item] = deque()
        self._frames = 0
        self._bytes = 0
        self._tickets = 0

    def __len__(self) -> int:
        return len(self._items)

    def has_room(self, frame: Frame) -> bool:
        """Whether `frame` fits beside those that wait; alone it always fits."""
        if self._frames == 0:
            return True
        fits = self._bytes + frame.picture.nbytes <= self._limits.megabytes * 1_000_000
        return fits and self._frames < self._limits.frames

    def push(self, item: Item) -> None:
        """Append; on a live lane the oldest frames make room and are counted as overrun."""
        if isinstance(item, Frame):
            while self.live and not self.has_room(item):
                self._drop_oldest()
            self._frames += 1
            self._bytes += item.picture.nbytes
        if isinstance(item, Lost):
            self._insert(len(self._items), item)
        else:
            self._items.append(item)

    def pop(self) -> tuple[int, Item]:
        """The oldest item and its ticket: 0, 1, 2, ... without holes."""
        item = self._items.popleft()
        if isinstance(item, Frame):
            self._frames -= 1
            self._bytes -= item.picture.nbytes
        ticket = self._tickets
        self._tickets += 1
        return ticket, item

    def _drop_oldest(self) -> None:
        position = next(at for at, item in enumerate(self._items) if isinstance(item, Frame))
        dropped = self._items[position]
        assert isinstance(dropped, Frame)
        del self._items[position]
        self._frames -= 1
        self._bytes -= dropped.picture.nbytes
        self.overrun += 1
        self._insert(position, Lost.frame(dropped.part))

    def _insert(self, position: int, lost: Lost) -> None:
        """Put in what was lost at `position`, as one with what was lost beside it."""
        items = self._items
        if position < len(items) and isinstance(after := items[position], Lost):
            lost = lost.then(after)
            del items[position]
        if position and isinstance(before := items[position - 1], Lost):
            lost = before.then(lost)
            position -= 1
            del items[position]
        if lost.parts:
            items.insert(position, lost)
