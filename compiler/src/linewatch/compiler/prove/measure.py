"""How long a frame takes, measured so that the ratio between detectors can be trusted.

All subjects run on one pinned core and in turn within each round, so that a busy moment hits all of them alike. In its
turn each is called several times and only the last call counts: whoever ran before has emptied the caches, and a
device calls its detector again and again.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from statistics import median

import torch

from linewatch.compiler.progress import Progress

ROUNDS = 15
_WARM_UP_ROUNDS = 2
_CALLS = 8


def latencies_ms(
    subjects: Mapping[str, Callable[[], object]], progress: Progress, stage: str, rounds: int = ROUNDS
) -> dict[str, float]:
    """Median milliseconds of one call of each subject."""
    taken: dict[str, list[float]] = {name: [] for name in subjects}
    with _one_core():
        for index in range(-_WARM_UP_ROUNDS, rounds):
            for name, run in subjects.items():
                for _ in range(_CALLS - 1):
                    run()
                started = time.perf_counter()
                run()
                if index >= 0:
                    taken[name].append((time.perf_counter() - started) * 1e3)
            progress(stage, max(0, index + 1) / rounds)
    return {name: median(values) for name, values in taken.items()}


@contextmanager
def _one_core() -> Iterator[None]:
    """Keep this thread on one core, and torch on one thread, for a while."""
    threads = torch.get_num_threads()
    allowed = os.sched_getaffinity(0)
    torch.set_num_threads(1)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
        torch.set_num_threads(threads)
