"""How inference is set up: what the configuration says, and where it says nothing, what was measured on this device."""

import os
from dataclasses import dataclass

from linewatch.edge.infer.runtimes.plan import AUTO, Wish
from linewatch.edge.infer.runtimes.port import RuntimeName, RuntimeOptions
from linewatch.edge.infer.settings import InferenceSettings
from linewatch.edge.infer.tuned import Choice


@dataclass(frozen=True, kw_only=True, slots=True)
class InferenceSetup:
    """Everything decided; units as in `InferenceSettings`, but for the budget in seconds."""

    wish: Wish
    options: RuntimeOptions
    batch: int
    latency_budget_s: float
    pin: bool

    @property
    def workers(self) -> int:
        """Inference threads."""
        return self.options.workers


def settle(settings: InferenceSettings, tuned: Choice | None = None) -> InferenceSetup:
    """Decide. What was measured together is used together: workers and threads, and all of it for one runtime."""
    if tuned is None or settings.runtime not in (AUTO, tuned.runtime):
        tuned = Choice(workers=len(os.sched_getaffinity(0)))
    by_hand = bool(settings.workers or settings.threads)
    options = RuntimeOptions(
        workers=(settings.workers or len(os.sched_getaffinity(0))) if by_hand else tuned.workers,
        threads=(settings.threads or 1) if by_hand else tuned.threads,
        arena=tuned.arena,
        memory_pattern=tuned.memory_pattern,
        spinning=tuned.spinning,
    )
    return InferenceSetup(
        wish=Wish(runtime=settings.runtime, target=settings.target, fastest=RuntimeName(tuned.runtime)),
        options=options,
        batch=settings.batch or tuned.batch,
        latency_budget_s=settings.latency_budget_ms / 1000,
        pin=settings.pin,
    )
