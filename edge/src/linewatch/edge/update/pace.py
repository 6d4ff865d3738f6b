"""Whether a new bundle is fast enough here: timed in turn with the one that serves. Pure, but for the clock."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.errors import TooSlow

Judge = Callable[[UInt8Array], object]

_WARM_UP, _LEAST_ROUNDS, _MOST_ROUNDS = 1, 3, 20
_BUDGET_S = 0.75
_SAME = 1.1
"""A bundle that takes at most so many times as long is as fast: less cannot be told apart on a busy device."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """What the device has to do.

    Attributes:
        frames_per_second: of all live cameras together.
        cores: that judge.
        skipping: frames are skipped already, because the bundle that serves does not keep up.
        max_latency_ms: a frame may take no longer by itself; None where nothing is demanded.
        promised_ms: what a frame took where the bundle was compiled; None where its manifest does not say.
    """

    frames_per_second: float
    cores: int
    skipping: bool = False
    max_latency_ms: float | None = None
    promised_ms: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """Milliseconds a frame takes. `old_ms` is None where nothing serves.

    `old_ms` and `new_ms` are lower quartiles: other work on the device makes single frames slower, never faster.
    `new_median_ms` and `new_p99_ms` are as they came.
    """

    old_ms: float | None
    new_ms: float
    new_median_ms: float
    new_p99_ms: float

    def __str__(self) -> str:
        """For people."""
        before = "" if self.old_ms is None else f", the bundle before {self.old_ms:.1f} ms"
        return (
            f"a frame takes {self.new_ms:.1f} ms here (median {self.new_median_ms:.1f} ms, "
            f"p99 {self.new_p99_ms:.1f} ms){before}"
        )


def measure_pace(old: Judge | None, new: Judge, frames: Sequence[UInt8Array], budget_s: float = _BUDGET_S) -> Pace:
    """Time both on the same frames in turn, warm, so that whatever else the device does slows both alike."""
    judges = [new] if old is None else [old, new]
    times: dict[int, list[float]] = {at: [] for at in range(len(judges))}
    begun = time.perf_counter()
    for number in range(_WARM_UP + _MOST_ROUNDS):
        frame = frames[number % len(frames)]
        for at in times if number % 2 else reversed(times):
            start = time.perf_counter()
            judges[at](frame)
            if number >= _WARM_UP:
                times[at].append(1000 * (time.perf_counter() - start))
        if number >= _WARM_UP + _LEAST_ROUNDS and time.perf_counter() - begun > budget_s:
            break
    newest = times[len(judges) - 1]
    return Pace(
        old_ms=None if old is None else _quantile(times[0], 0.25),
        new_ms=_quantile(newest, 0.25),
        new_median_ms=statistics.median(newest),
        new_p99_ms=_quantile(newest, 0.99),
    )


def check_pace(pace: Pace, need: Need) -> None:
    """Refuse a bundle that cannot keep up where the one before could.

    A device that is busy with other things makes both look slow: one that skips nothing keeps up, whatever was
    measured, and the new one is then measured by it.

    Raises:
        TooSlow: it cannot, or a frame takes longer than is allowed; with the figures.
    """
    promised = "" if need.promised_ms is None else f", and took {need.promised_ms:.1f} ms where it was compiled"
    if need.max_latency_ms is not None and pace.new_ms > need.max_latency_ms:
        raise TooSlow(
            f"{pace}{promised}; update.max_latency_ms allows {need.max_latency_ms:g} ms; "
            "compile the bundle with a smaller --budget-ms"
        )
    if pace.old_ms is None or pace.new_ms <= _SAME * pace.old_ms:
        return
    old_load, new_load = (need.frames_per_second * ms / 1000 / need.cores for ms in (pace.old_ms, pace.new_ms))
    if old_load > 1 and not need.skipping:
        old_load, new_load = 1.0, new_load / old_load
    if old_load <= 1 < new_load:
        raise TooSlow(
            f"{pace}{promised}; the cameras bring {need.frames_per_second:.0f} frames/s and {need.cores} cores could "
            f"judge {need.frames_per_second / new_load:.0f}; compile it with a smaller --budget-ms or with --fps"
        )


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
