"""Threads that judge frames."""

import os
import threading
import time
from collections.abc import Callable
from typing import TypeAlias

from linewatch.edge.capture.frame import Frame
from linewatch.edge.infer.batch import Result, judge_together
from linewatch.edge.infer.engine import Engine
from linewatch.edge.infer.model import Model
from linewatch.edge.infer.setup import InferenceSetup
from linewatch.edge.ring.lane import Item
from linewatch.edge.ring.ring import Ring

Deliver: TypeAlias = Callable[[str, int, Result], None]
"""Takes (camera, ticket, result), from any worker's thread."""


class Workers:
    """Takes frames from the ring and delivers verdicts until the ring is closed and empty.

    Runtimes let go of the interpreter while they compute, so workers run on as many cores as there are. A worker takes
    more than one frame only of those that wait already, while it was busy: it never waits for another one.
    """

    def __init__(self, ring: Ring, engine: Engine, deliver: Deliver, setup: InferenceSetup) -> None:
        """Prepare `setup.workers` threads."""
        self._ring = ring
        self._engine = engine
        self._deliver = deliver
        self._setup = setup
        cores = sorted(os.sched_getaffinity(0))
        self.count = setup.workers
        self.batch = setup.batch
        pins = [cores[at % len(cores)] if setup.pin else None for at in range(self.count)]
        self._threads = [
            threading.Thread(target=self._work, args=(pin,), name=f"worker-{at}", daemon=True)
            for at, pin in enumerate(pins)
        ]

    def start(self) -> None:
        """Start judging."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until the ring is closed and everything in it is judged."""
        for thread in self._threads:
            thread.join()

    def _work(self, core: int | None) -> None:
        if core is not None:
            os.sched_setaffinity(0, {core})
        while taken := self._ring.take(self._engine.current, self._most):
            results = judge_together(taken[0].stamp, [one.item for one in taken])
            for one, result in zip(taken, results, strict=True):
                self._deliver(one.camera, one.ticket, result)

    def _most(self, model: Model, first: Item) -> int:
        """How many frames may be judged together with the first one, itself included."""
        limit = min(self.batch, model.largest_batch or self.batch)
        if limit == 1 or not isinstance(first, Frame):
            return 1
        return model.pace.largest(limit, self._setup.latency_budget_s, time.monotonic() - first.clock_s)
