"""How long frames take from capture to decision. Pure."""

import math
from dataclasses import dataclass
from itertools import accumulate

_LEAST_S, _STEP, _BUCKETS = 1e-4, 1.1, 160
"""Buckets from a tenth of a millisecond to seven minutes, each a tenth wider than the one before."""


_COARSE = 8
"""So many buckets are one in a histogram, which is about twice as wide as the one before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Histogram:
    """Frames by how long they took.

    Attributes:
        at_most: pairs of a time in seconds and how many frames did not exceed it, in rising order.
        count: of all frames.
        total_s: sum of all their times in seconds.
    """

    at_most: tuple[tuple[float, int], ...] = ()
    count: int = 0
    total_s: float = 0.0


class Latency:
    """Counts times in buckets, so that a quantile of millions is known to a tenth without keeping them."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._counts = [0] * _BUCKETS
        self._total_s = 0.0

    def add(self, seconds: float) -> None:
        """One frame took so long."""
        bucket = 0 if seconds <= _LEAST_S else math.ceil(math.log(seconds / _LEAST_S, _STEP))
        self._counts[min(bucket, _BUCKETS - 1)] += 1
        self._total_s += max(0.0, seconds)

    def quantile_s(self, share: float) -> float:
        """Seconds that `share` (0..1) of the frames did not exceed, up to a tenth too many; 0 before the first."""
        wanted, seen = share * sum(self._counts), 0
        for bucket, count in enumerate(self._counts):
            seen += count
            if seen and seen >= wanted:
                return _LEAST_S * _STEP**bucket
        return 0.0

    def histogram(self) -> Histogram:
        """All of it, more coarsely."""
        counts, total_s = list(accumulate(self._counts)), self._total_s
        edges = range(0, _BUCKETS - 1, _COARSE)
        at_most = tuple((float(f"{_LEAST_S * _STEP**edge:.4g}"), counts[edge]) for edge in edges)
        return Histogram(at_most=at_most, count=counts[-1], total_s=total_s)
