"""What a step of a rig found."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """One step: whether it went as it has to (None: it does not apply here), in how many seconds, and what was seen."""

    step: str
    passed: bool | None
    seconds: float
    seen: str


class StepFailed(Exception):
    """A step did not go as it has to; the text says how it went."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """`run` gives what was seen, or None where the step does not apply here."""

    name: str
    run: Callable[[], str | None]
