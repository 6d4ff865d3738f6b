"""Which part of the line a frame shows."""

from typing import Protocol

from linewatch.edge.capture.frame import Frame, UInt8Array
from linewatch.edge.decide.presence import Presence
from linewatch.edge.decide.settings import PartSettings


class PartFinder(Protocol):
    """Tells parts apart, frame by frame."""

    def part_of(self, frame: Frame) -> int:
        """Number of the part that `frame` shows; 0 for none."""
        ...

    def end(self) -> None:
        """The stream ended: its last part is over."""
        ...


class Triggered:
    """A trigger has numbered the parts."""

    def part_of(self, frame: Frame) -> int:
        """See `PartFinder.part_of`."""
        return frame.part

    def end(self) -> None:
        """Nothing is remembered."""


class Gaps:
    """Parts are what passes between two looks at the empty gate; numbered 1, 2, 3, ... from the start of the agent."""

    def __init__(self, rules: PartSettings, empty: UInt8Array | None = None) -> None:
        """Wait for the first part; `empty` as in `Presence`."""
        self._gap = rules.gap
        self._presence = Presence(rules, empty)
        self._number = 0
        self._inside = False
        self._empty_run = 0

    def part_of(self, frame: Frame) -> int:
        """See `PartFinder.part_of`."""
        occupied = self._presence.occupied(frame.picture)
        self._empty_run = 0 if occupied else self._empty_run + 1
        if occupied and not self._inside:
            self._inside = True
            self._number += 1
        elif self._empty_run >= self._gap:
            self._inside = False
        return self._number if self._inside else 0

    def end(self) -> None:
        """See `PartFinder.end`."""
        self._inside = False
