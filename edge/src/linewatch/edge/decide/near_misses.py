"""How often normal frames would raise a false alarm, told from how near they come to it. Pure."""

import math
from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass

BLOCK_S = 10.0
LEAST_BLOCKS = 200
"""Blocks before anything is said: 33 minutes."""
_MOST_BLOCKS = 1024
_TAIL = 0.1
_HALVINGS = 60
_STANDARD_ERRORS = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Prediction:
    """False alarms an hour to be expected, and the range that the fit leaves open (two standard errors)."""

    per_hour: float
    lower_per_hour: float
    upper_per_hour: float


class NearMisses:
    """Extrapolates the highest scores of normal frames to the threshold.

    An event opens when the `open_after`-th highest of the last `open_window` scores reaches the threshold. That number
    is followed frame by frame, and its maximum over each ten seconds is kept: so it does not matter how alike
    neighbouring frames are, as long as blocks are not. The highest tenth of the last 1,024 maxima below the threshold
    (2.8 hours) is fitted by an exponential tail (peaks over threshold; Pickands, 1975), cut off at the threshold, since
    what lies above it may be defects; the tail beyond is the share of blocks that would raise a false alarm.

    It assumes that normal frames stay as they are, and a tail that falls at least as fast as an exponential one:
    heavier ones raise more alarms than predicted.
    """

    def __init__(self, open_after: int, open_window: int) -> None:
        """Nothing seen yet; the arguments are those of `DecisionSettings`."""
        self._open_after = open_after
        self._last: deque[float] = deque(maxlen=open_window)
        self._sorted: list[float] = []
        self._maxima: deque[float] = deque(maxlen=_MOST_BLOCKS)
        self._highest = -math.inf
        self._seconds = 0.0
        self._frames = 0
        self._calm = True
        self._prediction: Prediction | None = None

    def add(self, excess: float, passed_s: float, *, calm: bool) -> None:
        """One frame, `passed_s` seconds after the one before, with a score of `excess` above the threshold.

        A block with a frame that is not `calm`, and so belongs to an event, is not used.
        """
        self._slide(excess)
        if len(self._sorted) >= self._open_after:
            self._highest = max(self._highest, self._sorted[-self._open_after])
        self._calm = self._calm and calm
        self._seconds += passed_s
        self._frames += 1
        if self._seconds >= BLOCK_S and self._frames >= self._open_after:
            self._close_block()

    def interrupt(self) -> None:
        """The stream ended: what follows is not a neighbour of what was."""
        self._last.clear()
        self._sorted.clear()
        self._begin_block()

    def forget(self) -> None:
        """Another bundle judges from now on, with other scores."""
        self.interrupt()
        self._maxima.clear()
        self._prediction = None

    def predict(self) -> Prediction | None:
        """What is to be expected; None while too little was seen."""
        if self._prediction is None and len(self._maxima) >= LEAST_BLOCKS:
            self._prediction = _extrapolate(sorted(self._maxima))
        return self._prediction

    def _slide(self, excess: float) -> None:
        if len(self._last) == self._last.maxlen:
            del self._sorted[bisect_left(self._sorted, self._last[0])]
        self._last.append(excess)
        insort(self._sorted, excess)

    def _close_block(self) -> None:
        if self._calm and self._highest < 0:
            self._maxima.append(self._highest)
            self._prediction = None
        self._begin_block()

    def _begin_block(self) -> None:
        self._highest = -math.inf
        self._seconds = 0.0
        self._frames = 0
        self._calm = True


def _extrapolate(maxima: list[float]) -> Prediction:
    """From maxima below 0, the lowest first."""
    count = round(_TAIL * len(maxima))
    start = maxima[-count - 1]
    mean = sum(highest - start for highest in maxima[-count:]) / count
    slope = _slope(mean, -start)
    error = _STANDARD_ERRORS / math.sqrt(count)
    rates = [_beyond(-start, slope * factor) for factor in (1, 1 / (1 + error), 1 / (1 - error))]
    middle, upper, lower = (rate * _TAIL * 3600 / BLOCK_S for rate in rates)
    return Prediction(per_hour=middle, lower_per_hour=lower, upper_per_hour=upper)


def _slope(mean: float, width: float) -> float:
    """Of the exponential density over 0..`width` whose mean is `mean`; the one of maximum likelihood.

    0 where it does not fall: then nothing can be said beyond the threshold but that it is near.
    """
    if mean >= width / 2:
        return 0.0
    if mean <= 0:
        return math.inf
    low, high = 0.0, 1 / mean
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _mean(middle, width) > mean else (low, middle)
    return (low + high) / 2


def _mean(slope: float, width: float) -> float:
    steep = slope * width
    return width / 2 if steep < 1e-6 else 1 / slope - width / math.expm1(min(steep, 700.0))


def _beyond(width: float, slope: float) -> float:
    """Mass above `width` for each mass below it, at most 1."""
    steep = slope * width
    return 1.0 if steep < math.log(2) else 1 / math.expm1(min(steep, 700.0))
