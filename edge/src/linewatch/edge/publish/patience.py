"""How long to wait before the next attempt. Pure: the dice are given."""

import random
from dataclasses import dataclass, field


@dataclass(kw_only=True, slots=True)
class Patience:
    """Pauses that double from `first_seconds` to `longest_seconds`, each shortened at random, at most to `least` of it.

    The jitter keeps a thousand devices from knocking at the same moment after their broker came back.
    """

    first_seconds: float
    longest_seconds: float
    least: float = 0.5
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

    def after_loss(self, spread_seconds: float) -> float:
        """Seconds to wait after a connection that had been made: everybody else has lost theirs at this moment too."""
        self._failures += 1
        return self.dice.uniform(0.0, min(spread_seconds, self.longest_seconds))

    def pause(self, failures: int) -> float:
        """Seconds to wait after `failures` earlier failures."""
        longest = min(self.longest_seconds, self.first_seconds * 2.0 ** min(failures, 30))
        return longest * self.dice.uniform(self.least, 1.0)
