"""Which part of the line a frame shows."""

from pathlib import Path
from typing import Protocol

from structlog.typing import FilteringBoundLogger

from linewatch.edge.capture.isolation.message import MOST_PARTS
from linewatch.edge.capture.stream import Shot
from linewatch.edge.capture.trigger_port import TriggerPort
from linewatch.edge.capture.triggered import Triggered
from linewatch.edge.ring.lost import MOST_LOST


class Parts(Protocol):
    """Says of each frame which part it shows. Of one camera's thread."""

    def open(self, log: FilteringBoundLogger) -> None:
        """Begin, or go on if it has begun.

        Raises:
            SourceError: it cannot.
        """

    def part_of(self, shot: Shot) -> int | None:
        """Number of the part; 0 where nobody counts parts; None for a frame that is not to be judged."""

    def skip(self, frames: int) -> None:
        """So many frames were lost before the next one."""

    def take_missed(self) -> list[int]:
        """Parts that passed without a frame, in their order, since this was asked last."""

    def close(self) -> None:
        """End."""


class AsTold:
    """As the camera itself says."""

    def open(self, log: FilteringBoundLogger) -> None:
        """Nothing is opened."""

    def part_of(self, shot: Shot) -> int | None:
        """See `Parts`."""
        return shot.part

    def skip(self, frames: int) -> None:
        """Nobody said what they showed."""

    def take_missed(self) -> list[int]:
        """Without triggers none are known."""
        return []

    def close(self) -> None:
        """Nothing is open."""


class EachFrame:
    """Each frame shows a part of its own: that of a camera which the line triggers. Counts from 1, lost ones too."""

    def __init__(self) -> None:
        """Begin with the first."""
        self._last = 0
        self._missed: list[int] = []

    def open(self, log: FilteringBoundLogger) -> None:
        """Nothing is opened."""

    def part_of(self, shot: Shot) -> int | None:
        """See `Parts`."""
        self._last = shot.part or self._after(1)
        return self._last

    def skip(self, frames: int) -> None:
        """See `Parts`. Each showed a part; the last of them are remembered."""
        self._missed += [self._after(count) for count in range(max(1, frames - MOST_LOST + 1), frames + 1)]
        self._last = self._after(frames)

    def take_missed(self) -> list[int]:
        """See `Parts`."""
        missed, self._missed = self._missed, []
        return missed

    def _after(self, count: int) -> int:
        return (self._last + count - 1) % MOST_PARTS + 1

    def close(self) -> None:
        """Nothing is open."""


class ByTrigger:
    """Frames after a trigger show its part, the others none. Listens whether the camera delivers or not."""

    def __init__(self, path: Path, *, frames: int, delay_s: float) -> None:
        """Triggers come to the socket at `path`; the rest as in `Triggered`."""
        self._path = path
        self._rule = Triggered(frames, delay_s)
        self._port: TriggerPort | None = None
        self._log: FilteringBoundLogger | None = None

    def open(self, log: FilteringBoundLogger) -> None:
        """See `Parts`."""
        self._log = log
        self._rule.blind()
        if self._port is None:
            self._port = TriggerPort(
                self._path, self._rule, lambda said: log.warning("trigger not understood", said=repr(said[:40]))
            )

    def part_of(self, shot: Shot) -> int | None:
        """See `Parts`."""
        return self._rule.part_of(shot.clock_s)

    def skip(self, frames: int) -> None:
        """Another frame may show the part."""

    def take_missed(self) -> list[int]:
        """See `Parts`; they are told of."""
        missed = self._rule.take_missed()
        if missed and self._log is not None:
            self._log.warning("parts passed without a frame", parts=missed[:20], count=len(missed))
        return missed

    def close(self) -> None:
        """See `Parts`. What waits for a frame is missed."""
        self._rule.blind()
        if self._port is not None:
            self._port.close()
            self._port = None
