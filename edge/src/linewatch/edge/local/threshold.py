"""A threshold from the scores of normal frames, and what they prove. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from linewatch.edge.counted import counted
from linewatch.edge.errors import TeachingRefused
from linewatch.edge.local.change import NewThreshold
from linewatch.protos.promise import MIN_NORMALS, Budget, Decision, PromiseError, decide

_UNRELATED = 0.05
"""Correlation of scores below which frames count as independent."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known about the threshold that serves: `value`, and the scores of `defects` that it finds."""

    value: float
    defects: Sequence[float]


@dataclass(frozen=True, kw_only=True)
class Calibrated:
    """A threshold, what people should know of it, and what should make them think."""

    taught: NewThreshold
    told: tuple[str, ...]
    warnings: tuple[str, ...]


def independent(scores: Sequence[float]) -> float:
    """As how many independent frames consecutive ones count, by how long their scores stay alike.

    The integrated autocorrelation time, summed until the correlation is lost (Sokal, "Monte Carlo methods in
    statistical mechanics", 1989).
    """
    count = len(scores)
    if count < 2:
        return float(count)
    centred = np.asarray(scores, np.float64) - float(np.mean(scores))
    power = float(centred @ centred)
    if not power > 0:  # all the same, or one is no number
        return 1.0
    spectrum = np.abs(np.fft.rfft(centred, 2 * count)) ** 2
    correlation = np.fft.irfft(spectrum)[1:count] / power
    lost = np.flatnonzero(correlation < _UNRELATED)
    kept = correlation[: lost[0]] if len(lost) else correlation
    return count / (1 + 2 * float(kept.sum()))


def calibrate(scores: Sequence[float], worth: float, budget: Budget, known: Known) -> Calibrated:
    """The lowest threshold that keeps `budget` on these scores of normal frames.

    Args:
        scores: of consecutive frames, or of pictures.
        worth: as how many independent frames they count.
        budget: the false alarms that are accepted.
        known: what serves now.

    Raises:
        TeachingRefused: too few frames, or all the same; or the threshold would pass every known defect.
    """
    decision = _decide(scores, worth, budget)
    value = decision.value
    if value <= 0:
        raise TeachingRefused(f"these frames score {value:.3g} at most, and scores of frames are above 0: look at them")
    found = sum(score >= value for score in known.defects)
    if known.defects and not found:
        raise TeachingRefused(
            f"these frames score up to {max(scores):.3g}, higher than every defect that the bundle shows as an "
            "example: they are not all normal, or the bundle was taught from other pictures than this camera gives"
        )
    taught = NewThreshold(
        before=known.value,
        threshold=value,
        method="order" if decision.method == "order" else "tail",
        false_alarms_per_hour=budget.false_alarms_per_hour,
        frames_per_second=budget.frames_per_second,
        confidence=budget.confidence,
        rate_bound=decision.rate_bound,
    )
    return Calibrated(
        taught=taught, told=_told(scores, worth, taught), warnings=_warnings(taught, worth, budget, known)
    )


def _decide(scores: Sequence[float], worth: float, budget: Budget) -> Decision:
    """What as few of the frames as are independent decide and prove; a threshold that all of them ask for is higher."""
    step = max(1, round(len(scores) / max(worth, 1.0)))
    sparse_count = len(scores[::step])
    if sparse_count < MIN_NORMALS and (step == 1 or len(set(scores)) > 1):
        few = "is" if len(scores) == 1 else "are"
        alike = f" resemble each other so much that they count as {sparse_count}" if step > 1 else f" {few} too few"
        raise TeachingRefused(
            f"the {counted(len(scores), 'different frame')}{alike}, and a threshold takes at least {MIN_NORMALS}: take "
            "in frames for longer, best while many different parts pass"
        )
    try:
        sparse = decide(scores[::step], budget)
        return replace(sparse, value=max(sparse.value, decide(scores, budget).value))
    except PromiseError as error:
        raise TeachingRefused(f"{counted(len(scores), 'frame')} cannot set a threshold: {error}") from error


def _told(scores: Sequence[float], worth: float, new: NewThreshold) -> tuple[str, ...]:
    before, after = (sum(score >= value for score in scores) for value in (new.before, new.threshold))
    count = len(scores)
    alike = "" if worth > 0.95 * count else f", which count as about {worth:.0f} independent ones"
    return (
        f"{count} frames{alike}; scores {min(scores):.3g} to {max(scores):.3g}",
        f"threshold {new.before:.4g} -> {new.threshold:.4g}",
        f"of these frames {before} alarm now, and {after} would",
        f"their number proves: at most {100 * new.rate_bound:.2g} % of normal frames alarm, with a confidence of "
        f"{100 * new.confidence:g} %",
    )


def _warnings(new: NewThreshold, worth: float, budget: Budget, known: Known) -> tuple[str, ...]:
    warnings = []
    if new.rate_bound > budget.rate:
        warnings.append(
            f"too few frames to prove {budget.false_alarms_per_hour:g} false alarms an hour at "
            f"{budget.frames_per_second:g} frames a second: that takes {budget.normals_needed} independent ones, these "
            f"are {worth:.0f}; the threshold rests on a model of the scores"
        )
    lost = sum(known.value <= score < new.threshold for score in known.defects)
    if lost:
        warnings.append(
            f"{lost} of {len(known.defects)} defects that the bundle shows as examples would no longer be found"
        )
    return tuple(warnings)
