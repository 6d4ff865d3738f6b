"""Who looks at live pictures."""

import threading

_PATIENCE_S = 6.0


class Seats:
    """Room for so many viewers; a place is free again when its viewer has not looked for some seconds.

    Safe from any thread.
    """

    def __init__(self, most: int) -> None:
        """Room for `most`."""
        self._most = most
        self._seen_s: dict[int, float] = {}
        self._lock = threading.Lock()

    def take(self, viewer: int, clock_s: float) -> bool:
        """Whether `viewer` may look."""
        with self._lock:
            self._leave(clock_s)
            if viewer not in self._seen_s and len(self._seen_s) >= self._most:
                return False
            self._seen_s[viewer] = clock_s
            return True

    def taken(self, clock_s: float) -> int:
        """How many look."""
        with self._lock:
            self._leave(clock_s)
            return len(self._seen_s)

    def _leave(self, clock_s: float) -> None:
        self._seen_s = {who: seen_s for who, seen_s in self._seen_s.items() if clock_s - seen_s <= _PATIENCE_S}
