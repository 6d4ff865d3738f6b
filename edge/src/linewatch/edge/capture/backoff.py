"""How long to wait before a failed camera is opened again."""

from dataclasses import dataclass


@dataclass(slots=True)
class Backoff:
    """Doubles from `first_s` to `longest_s` seconds; starts over after a camera ran for `settled_s` seconds."""

    first_s: float = 0.5
    longest_s: float = 30.0
    settled_s: float = 10.0
    _failures: int = 0

    def after(self, ran_s: float) -> float:
        """Seconds to wait after a failure of a camera that had run for `ran_s` seconds."""
        self._failures = 1 if ran_s >= self.settled_s else self._failures + 1
        return float(min(self.longest_s, self.first_s * 2.0 ** min(self._failures - 1, 30)))
