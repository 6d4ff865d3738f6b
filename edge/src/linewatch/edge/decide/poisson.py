"""What a count of events says about their rate. Pure."""

import math
from functools import lru_cache
from statistics import NormalDist

_EXACT_UP_TO = 50
_HALVINGS = 60
_RATIO = 2.0
"""The alternative that the lasting bound is made for: twice the rate that it refutes."""


@lru_cache(maxsize=1024)
def poisson_interval(events: int, confidence: float) -> tuple[float, float]:
    """Lower and upper bound of the expected number of events where `events` were counted.

    The exact two-sided interval of Garwood ("Fiducial limits for the Poisson distribution", Biometrika 28, 1936): the
    bounds are halves of chi-square quantiles. Up to 50 events they are found by halving; above, by the approximation
    of Wilson and Hilferty (1931), which is off by less than 0.01 % there at a confidence of 95 %, 0.1 % at 99.9 %.

    Args:
        events: the count, 0 or more.
        confidence: between 0 and 1; each tail gets half of the rest.
    """
    tail = (1 - confidence) / 2
    lower = _expected(events, 1 - tail) if events else 0.0
    return lower, _expected(events + 1, tail)


def lasting_lower_bound(events: int, doubt: float) -> float:
    """A lower bound of the expected number of events that may be looked at again and again.

    An interval for one look is wrong sooner or later when it is looked at after every event. This bound is above the
    truth at *any* time of a Poisson process with a probability of at most `doubt` (0..1): the likelihood ratio of
    twice a rate against that rate exceeds 1 / doubt no more often (Ville, 1939; the sequential test of Wald, 1945).
    It tends to 69 % of the truth.
    """
    return max(0.0, (events * math.log(_RATIO) + math.log(doubt)) / (_RATIO - 1))


def _expected(events: int, fewer: float) -> float:
    """The mean at which fewer than `events` happen with the probability `fewer`."""
    if events > _EXACT_UP_TO:
        spread = 1 / (9 * events)
        return events * (1 - spread - NormalDist().inv_cdf(fewer) * math.sqrt(spread)) ** 3
    low, high = 0.0, 2.0 * events + 40.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _fewer(events, middle) > fewer else (low, middle)
    return (low + high) / 2


def _fewer(events: int, mean: float) -> float:
    term = total = math.exp(-mean)
    for count in range(1, events):
        term *= mean / count
        total += term
    return total
