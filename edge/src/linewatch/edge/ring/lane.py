"""One camera's place in the ring."""

from collections import deque
from enum import Enum, auto

from linewatch.edge.capture.frame import Frame
from linewatch.edge.ring.settings import RingSettings


class Mark(Enum):
    """What takes the place of a frame: in a lane, the end of the stream; behind it, a frame that came too early to be
    judged, because the serving bundle looks at more frames before it than there are.
    """

    STREAM_ENDED = auto()
    TOO_EARLY = auto()


class Lane:
    """The waiting frames of one camera, oldest first. Guarded by the ring's lock."""

    def __init__(self, camera: str, *, live: bool, limits: RingSettings) -> None:
        """An empty lane; `live` lanes give up their oldest frame for the newest."""
        self.camera = camera
        self.live = live
        self.overrun = 0
        self._limits = limits
        self._items: deque[Frame | Mark] = deque()
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

    def push(self, item: Frame | Mark) -> None:
        """Append; on a live lane the oldest frames make room and are counted as overrun."""
        if isinstance(item, Frame):
            while self.live and not self.has_room(item):
                self._drop_oldest()
            self._frames += 1
            self._bytes += item.picture.nbytes
        self._items.append(item)

    def pop(self) -> tuple[int, Frame | Mark]:
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
