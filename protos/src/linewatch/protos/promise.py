"""The threshold as a promise: at most F false alarms an hour, set from normal scores alone.

Two ways, chosen by what the number of normal pictures can bear (docs/adr/0004 and 0012 say why):

- `order`: with enough pictures an order statistic keeps the promise for any distribution of scores.
- `tail`: with fewer, the logarithms of the scores are taken as normally distributed, and the threshold is the one-sided
  upper tolerance limit of that distribution. This extrapolates, and is recorded as such.

Either way the upper confidence bound of the false-positive rate that needs no assumption is reported beside it.
Compiler and device set thresholds by this one rule.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

MIN_NORMALS = 8
_JUST_ABOVE = 1 + 1e-6
_SECONDS_PER_HOUR = 3600
_LEAST_RATE = 1e-9


class PromiseError(ValueError):
    """The numbers promise nothing; the text says which."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The false alarms a user accepts: `false_alarms_per_hour` at `frames_per_second`, with `confidence`.

    The default is one picture in a hundred: 36 an hour when one part passes each second. `proven` asks for as many
    normal pictures as prove it, whatever the distribution of their scores.

    Raises:
        PromiseError: that is no rate between 0 and 1, or no confidence.
    """

    false_alarms_per_hour: float = 36.0
    frames_per_second: float = 1.0
    confidence: float = 0.95
    proven: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.frames_per_second) and self.frames_per_second > 0):
            raise PromiseError(f"frames per second must be above 0, not {self.frames_per_second}")
        if not 0.5 <= self.confidence < 1:
            raise PromiseError(f"the confidence must be at least 0.5 and below 1, not {self.confidence}")
        if not _LEAST_RATE <= self.rate < 1:
            raise PromiseError(
                f"{self.false_alarms_per_hour} false alarms an hour at {self.frames_per_second} frames a second is "
                f"a rate of {self.rate:.3g} for each frame; it must be at least {_LEAST_RATE:g} and below 1"
            )

    @property
    def rate(self) -> float:
        """The allowed false-positive rate of one frame."""
        return self.false_alarms_per_hour / (_SECONDS_PER_HOUR * self.frames_per_second)

    @property
    def normals_needed(self) -> int:
        """Normal pictures without one alarm that prove the rate (Wilks, 1941)."""
        return math.ceil(math.log(1 - self.confidence) / math.log1p(-self.rate))

    def per_hour(self, rate: float) -> float:
        """False alarms an hour at this rate of one frame."""
        return rate * self.frames_per_second * _SECONDS_PER_HOUR


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A threshold in the unit of the raw scores, and what is known about it.

    `allowed` alarms in the sample were fixed by its size alone, before any score was seen; `alarms` are those that
    there were, no more than that. `rate_bound` is the upper confidence bound of the false-positive rate from the counts
    alone (Clopper-Pearson), for `allowed`: the threshold was moved until `alarms` came out, so that they prove nothing.
    """

    value: float
    method: str
    allowed: int
    alarms: int
    normals: int
    rate_bound: float


def decide(scores: Sequence[float], budget: Budget) -> Decision:
    """The lowest threshold that keeps the budget; a score at or above it is an alarm.

    Args:
        scores: raw image scores of normal pictures that no training saw.
        budget: what is promised.

    Raises:
        PromiseError: fewer than `MIN_NORMALS` scores, one that is not finite, or all of them the same.
    """
    ordered = _usable(scores)
    allowed = _allowed_alarms(len(ordered), budget)
    if allowed is not None:
        return _decision(ordered, _above(ordered, allowed), "order", allowed, budget)
    allowed = math.floor(budget.rate * len(ordered))
    value = max(_tolerance_limit(ordered, budget), _above(ordered, allowed))
    return _decision(ordered, value, "tail", allowed, budget)


def rate_bound(alarms: int, normals: int, confidence: float) -> float:
    """Upper confidence bound of a rate of which `alarms` in `normals` were seen (Clopper and Pearson, 1934)."""
    if alarms >= normals:
        return 1.0
    low, high = alarms / normals, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(alarms, normals, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def tolerance_factor(normals: int, rate: float, confidence: float) -> float:
    """Deviations above the mean that all but `rate` of a normal population stay below, with `confidence`.

    Natrella's approximation of the one-sided tolerance factor (NIST/SEMATECH e-Handbook, 7.2.6.3).
    """
    quantile, sure = NormalDist().inv_cdf(1 - rate), NormalDist().inv_cdf(confidence)
    a = 1 - sure**2 / (2 * (normals - 1))
    b = quantile**2 - sure**2 / normals
    return (quantile + math.sqrt(max(quantile**2 - a * b, 0.0))) / a


def _usable(scores: Sequence[float]) -> list[float]:
    ordered = sorted(float(score) for score in scores)
    if len(ordered) < MIN_NORMALS:
        raise PromiseError(f"{len(ordered)} normal pictures cannot set a threshold; give at least {MIN_NORMALS}")
    if not all(math.isfinite(score) for score in ordered):
        raise PromiseError("a normal picture got a score that is not a number")
    if ordered[0] == ordered[-1]:
        raise PromiseError("every normal picture got the same score; check that the pictures differ")
    return ordered


def _allowed_alarms(normals: int, budget: Budget) -> int | None:
    """The most alarms in the sample that still prove the rate; None when not even zero do."""
    proving = bisect_right(
        range(normals), budget.rate, key=lambda alarms: rate_bound(alarms, normals, budget.confidence)
    )
    return proving - 1 if proving else None


def _above(ordered: list[float], alarms: int) -> float:
    """Just above the score that would be alarm number `alarms` + 1."""
    score = ordered[len(ordered) - 1 - alarms]
    return score + max(abs(score), 1e-6) * (_JUST_ABOVE - 1)


def _tolerance_limit(ordered: list[float], budget: Budget) -> float:
    factor = tolerance_factor(len(ordered), budget.rate, budget.confidence)
    if ordered[0] <= 0:
        return fmean(ordered) + factor * stdev(ordered)
    logs = [math.log(score) for score in ordered]
    return math.exp(fmean(logs) + factor * stdev(logs))


def _decision(ordered: list[float], value: float, method: str, allowed: int, budget: Budget) -> Decision:
    return Decision(
        value=value,
        method=method,
        allowed=allowed,
        alarms=sum(score >= value for score in ordered),
        normals=len(ordered),
        rate_bound=rate_bound(allowed, len(ordered), budget.confidence),
    )


def _at_most(successes: int, trials: int, rate: float) -> float:
    """P(X <= successes) of a binomial variable, 0 < rate < 1 or rate 1."""
    if rate >= 1.0:
        return 0.0
    if rate <= 0.0:
        return 1.0
    log_rate, log_rest = math.log(rate), math.log1p(-rate)
    total = 0.0
    for count in range(successes + 1):
        ways = math.lgamma(trials + 1) - math.lgamma(count + 1) - math.lgamma(trials - count + 1)
        total += math.exp(ways + count * log_rate + (trials - count) * log_rest)
    return min(total, 1.0)
