"""The promise of false alarms as the compiler makes it: `linewatch.protos.promise`, with its errors in our tree."""

import math
from collections.abc import Sequence

from linewatch.compiler.errors import ScoresUnusable, Unproven, WrongUse
from linewatch.protos import promise
from linewatch.protos.promise import Decision, PromiseError, rate_bound


class Budget(promise.Budget):
    """The false alarms a user accepts; see `linewatch.protos.promise.Budget`.

    Raises:
        WrongUse: that is no rate between 0 and 1, or no confidence.
    """

    def __post_init__(self) -> None:
        try:
            super().__post_init__()
        except PromiseError as error:
            raise WrongUse(str(error)) from error


def decide(scores: Sequence[float], budget: promise.Budget) -> Decision:
    """The lowest threshold that keeps the budget; a score at or above it is an alarm.

    Args:
        scores: raw image scores of normal pictures that no training saw.
        budget: what is promised.

    Raises:
        ScoresUnusable: too few scores, one that is not finite, or all of them the same.
    """
    try:
        return promise.decide(scores, budget)
    except PromiseError as error:
        raise ScoresUnusable(
            f"the student's scores set no threshold: {error}; hold back more good pictures that differ, train the "
            "teacher again, or compile with another seed"
        ) from error


def check_promise(normals: int, budget: Budget, *, filmed: bool = False) -> None:
    """Refuse a promise that this many held-back normal pictures, or stacks out of videos, cannot prove.

    Raises:
        Unproven: says how many would, and what these can promise.
    """
    if not budget.proven or normals >= budget.normals_needed:
        return
    best = math.ceil(budget.per_hour(rate_bound(0, normals, budget.confidence)))
    what = "stacks of frames" if filmed else "good pictures"
    more = "Videos give no more" if filmed else f"Give {2 * budget.normals_needed} good pictures"
    raise Unproven(
        f"{normals} {what} held back from training cannot promise at most {budget.false_alarms_per_hour:g} "
        f"false alarms an hour at {budget.frames_per_second:g} frames a second: for that {budget.normals_needed} are "
        f"needed. At best they prove {best} an hour. {more}: accept more false alarms "
        f"(--false-alarms {best}), or let the threshold rest on a model of the scores with --unproven. No bundle was "
        "written."
    )


def future_rate_bound(alarms: int, normals: int, future: int, confidence: float) -> float:
    """Upper bound of the share of alarms among the next `future` normal pictures.

    The threshold is taken to lie just above the seen score that would be one more than `alarms` in `normals`, or
    higher. Then the count of future alarms follows a negative hypergeometric law, whatever the distribution of the
    scores, as long as old and new ones are exchangeable (Fligner and Wolfe, "Some applications of sample analogues to
    the probability integral transformation", 1976).
    """
    seen, total = 0.0, math.comb(normals + future, future)
    for count in range(future + 1):
        ways = math.comb(alarms + count, count) * math.comb(normals - alarms - 1 + future - count, future - count)
        seen += ways / total
        if seen >= confidence:
            return count / future
    return 1.0
