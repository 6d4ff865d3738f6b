"""How long to wait before the next attempt. Pure: the dice are given."""

import random
from dataclasses import dataclass, field


@dataclass(kw_only=True, slots=True)
class Patience:
    """Pauses that double from `first_seconds` to `longest_seconds`, each shortened by up to a half at random.

    The jitter keeps a thousand devices from knocking at the same moment after their broker came back.
    """

    first_seconds: float
    longest_seconds: float
    dice: random.Random = field(default_factory=random.Random)
    _failures: int = 0

    def after_failure(self) -> float:
        """Seconds to wait now."""
        pause = self.pause(self._failures)
        self._failures += 1
        return pause

    def after_success(self) -> None:
        """Start over."""
        self._failures = 0

    def pause(self, failures: int) -> float:
        """Seconds to wait after `failures` earlier failures."""
        longest = min(self.longest_seconds, self.first_seconds * 2.0 ** min(failures, 30))
        return longest * self.dice.uniform(0.5, 1.0)
