"""How long frames take from capture to decision. Pure."""

import math

_LEAST_S, _STEP, _BUCKETS = 1e-4, 1.1, 160
"""Buckets from a tenth of a millisecond to seven minutes, each a tenth wider than the one before."""


class Latency:
    """Counts times in buckets, so that a quantile of millions is known to a tenth without keeping them."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._counts = [0] * _BUCKETS

    def add(self, seconds: float) -> None:
        """One frame took so long."""
        bucket = 0 if seconds <= _LEAST_S else math.ceil(math.log(seconds / _LEAST_S, _STEP))
        self._counts[min(bucket, _BUCKETS - 1)] += 1

    def quantile_s(self, share: float) -> float:
        """Seconds that `share` (0..1) of the frames did not exceed, up to a tenth too many; 0 before the first."""
        wanted, seen = share * sum(self._counts), 0
        for bucket, count in enumerate(self._counts):
            seen += count
            if seen and seen >= wanted:
                return _LEAST_S * _STEP**bucket
        return 0.0
