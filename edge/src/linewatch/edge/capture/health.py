"""The port through which a camera's thread says how the camera is."""

from typing import Protocol


class Health(Protocol):
    """Called on the camera's thread; may wait."""

    def fails(self, reason: str) -> None:
        """The camera failed; it may say so again and again."""

    def delivers(self) -> None:
        """A frame came."""

    def stops(self) -> None:
        """Nobody looks at the camera any more."""
