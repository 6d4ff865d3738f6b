"""Threads that judge frames."""

import os
import threading
from collections.abc import Callable
from typing import TypeAlias

from linewatch.edge.capture.frame import Frame
from linewatch.edge.errors import InferenceError
from linewatch.edge.infer.engine import Engine
from linewatch.edge.infer.model import Model
from linewatch.edge.infer.settings import InferenceSettings
from linewatch.edge.infer.verdict import Judged
from linewatch.edge.ring.lane import Mark
from linewatch.edge.ring.ring import Ring, Taken

Result: TypeAlias = Judged | InferenceError | Mark
Deliver: TypeAlias = Callable[[str, int, Result], None]
"""Takes (camera, ticket, result), from any worker's thread."""


class Workers:
    """Takes frames from the ring and delivers verdicts until the ring is closed and empty.

    ONNX Runtime lets go of the interpreter while it computes, so workers run on as many cores as there are.
    """

    def __init__(self, ring: Ring, engine: Engine, deliver: Deliver, settings: InferenceSettings) -> None:
        """Prepare `settings.workers` threads."""
        self._ring = ring
        self._engine = engine
        self._deliver = deliver
        cores = sorted(os.sched_getaffinity(0))
        self.count = settings.workers or len(cores)
        pins = [cores[at % len(cores)] if settings.pin else None for at in range(self.count)]
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
        while (taken := self._ring.take(self._engine.current)) is not None:
            self._deliver(taken.camera, taken.ticket, _judge(taken))


def _judge(taken: Taken[Model]) -> Result:
    if not isinstance(taken.item, Frame):
        return taken.item
    # Supervision boundary: a frame that cannot be judged is counted and told of; the worker goes on.
    try:
        if len(taken.item.before) < taken.stamp.reach:
            return Mark.TOO_EARLY
        return Judged(taken.item, taken.stamp.judge(taken.item.pixels, taken.item.before))
    except InferenceError as error:
        return error
    except Exception as error:  # noqa: BLE001
        return InferenceError(f"{type(error).__name__}: {error}")
