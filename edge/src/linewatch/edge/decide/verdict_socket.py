"""Tells a line at once which part is bad, so that a gate can act on it."""

import socket
from collections.abc import Callable
from pathlib import Path

from linewatch.edge.decide.part import PartVerdict

_KIND = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC


class VerdictSocket:
    """Sends each verdict as a datagram to whoever has bound a Unix socket: `part 4711 bad scratch`, `part 4712 good`,
    `part 4713 unsure`.

    It never waits: that nobody hears it is told of when it begins and when it ends. A gate has to treat a part without
    a verdict as bad.
    """

    def __init__(self, place: Path, on_trouble: Callable[[str], None]) -> None:
        """Send to `place`; `on_trouble` hears why nobody listens, and an empty text when somebody does again."""
        self._place = str(place)
        self._on_trouble = on_trouble
        self._trouble = False

    def tell(self, verdict: PartVerdict) -> bool:
        """Send it; whether somebody can hear it."""
        words = ["part", str(verdict.part), verdict.quality, verdict.defect_class]
        try:
            with socket.socket(socket.AF_UNIX, _KIND) as end:
                end.sendto(" ".join(filter(None, words)).encode(), self._place)
        except OSError as error:
            self._note(f"nobody hears the verdicts at {self._place}: {error.strerror}")
            return False
        self._note("")
        return True

    def _note(self, trouble: str) -> None:
        if bool(trouble) != self._trouble:
            self._trouble = bool(trouble)
            self._on_trouble(trouble)
