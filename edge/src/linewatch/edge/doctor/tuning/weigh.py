"""What measurements say, and what they do not: rules alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from linewatch.edge.infer.tuned import Choice

TOO_NOISY = 0.15
"""Noise from which nothing can be told."""

_LEAST_NOISE = 0.01
_MUCH_MEMORY_MB = 3.0
_LITTLE_SPEED = 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """One choice: frames a second of each round, the time that 99 % of the calls did not exceed, and memory in MB."""

    choice: Choice
    rates: tuple[float, ...]
    p99_ms: float
    megabytes: float

    @property
    def rate(self) -> float:
        """Frames a second, the median of the rounds."""
        return median(self.rates)

    def gain_over(self, other: "Measured") -> float:
        """How much faster than `other`, as a share: the median over rounds that were measured side by side."""
        return median(here / there for here, there in zip(self.rates, other.rates, strict=True)) - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """The best of some choices, and how much faster it is than the one before as a share; `noise` as in `noise_of`."""

    best: Measured
    gain: float
    noise: float


def noise_of(one: Measured, twin: Measured) -> float:
    """Twice the usual difference, as a share, between rounds of two processes that do the same.

    Medians of some rounds that differ by more are told apart by chance once in hundreds of times.
    """
    apart = [abs(here / there - 1) for here, there in zip(one.rates, twin.rates, strict=True)]
    return max(_LEAST_NOISE, 2 * median(apart))


def decide(before: Measured, twin: Measured, others: Sequence[Measured], budget_ms: float) -> Decision:
    """Choose the fastest whose gain is beyond the noise; where that is none, one that saves memory and no speed.

    Args:
        before: what would serve without this.
        twin: the same once more.
        others: what might serve.
        budget_ms: milliseconds that a call may take, if `before` does not take longer itself.
    """
    noise = noise_of(before, twin)
    limit_ms = max(budget_ms, before.p99_ms)
    allowed = [one for one in others if one.p99_ms <= limit_ms]
    faster = [one for one in allowed if one.gain_over(before) > noise]
    best = max(faster, key=lambda one: one.gain_over(before), default=before)
    lost = min(noise, _LITTLE_SPEED)
    alike = [one for one in (before, *allowed) if one.gain_over(best) >= -lost]
    small = min(alike, key=lambda one: one.megabytes, default=best)
    if small.megabytes <= best.megabytes - _MUCH_MEMORY_MB:
        best = small
    return Decision(best=best, gain=best.gain_over(before), noise=noise)
