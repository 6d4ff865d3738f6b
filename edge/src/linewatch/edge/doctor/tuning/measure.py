"""Measures choices side by side: each in a process of its own, one at a time, in turn, round after round."""

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linewatch.edge.child_command import child_command
from linewatch.edge.doctor.tuning.trial import Order
from linewatch.edge.doctor.tuning.weigh import Measured
from linewatch.edge.errors import InferenceError
from linewatch.edge.infer.tuned import Choice

_LEAST_FREE_MB = 300.0
_TWINS = 2
_CHILD = "linewatch.edge.doctor.tuning.trial"


@dataclass(frozen=True, kw_only=True, slots=True)
class Length:
    """How long is measured: rounds, and seconds that each choice gets in a round."""

    rounds: int = 7
    seconds: float = 0.4


class Trial:
    """The process that tries one choice."""

    def __init__(self, order: Order, choice: Choice) -> None:
        """Start it, and wait until it has judged its first frames.

        Raises:
            InferenceError: it cannot judge them; says why.
        """
        self.choice = choice
        self.rates: list[float] = []
        self.p99_ms: list[float] = []
        self.megabytes = 0.0
        # A session of its own: Ctrl-C is for this process, which then ends that one.
        self._process = subprocess.Popen(
            child_command(_CHILD),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            self.largest_batch: int | None = self._ask(order.to_json())["largest_batch"]
        except BaseException:
            self.close()
            raise

    def run(self, seconds: float) -> None:
        """One round.

        Raises:
            InferenceError: it ended.
        """
        told = self._ask(str(seconds))
        self.rates.append(told["rate"])
        self.p99_ms.append(told["p99_ms"])
        self.megabytes = told["megabytes"]

    def measured(self) -> Measured:
        """What all rounds gave."""
        p99_ms = sorted(self.p99_ms)[len(self.p99_ms) // 2]
        return Measured(choice=self.choice, rates=tuple(self.rates), p99_ms=p99_ms, megabytes=self.megabytes)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def _ask(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # it ended: there is no answer either
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        told: dict[str, Any] = json.loads(answer) if answer else {"error": "its process ended early"}
        if "error" in told:
            raise InferenceError(told["error"])
        return told


def measure(
    choices: Sequence[Choice], order_of: Callable[[Choice], Order], length: Length, advance: Callable[[], None]
) -> tuple[list[Measured], list[tuple[Choice, str]], int | None]:
    """Measure `choices` beside each other; gives what was measured, what was not and why, and the largest batch.

    Args:
        choices: the first is what the others are compared with, the second the same again; both have to work.
        order_of: what the process of a choice is told.
        length: of the measurement.
        advance: called after each round of each choice.

    Raises:
        InferenceError: one of the first two does not work.
    """
    with contextlib.ExitStack() as stack:
        trials: list[Trial] = []
        skipped: list[tuple[Choice, str]] = []
        for choice in choices:
            try:
                trials.append(_start(order_of(choice), choice, needed=len(trials) < _TWINS))
                stack.callback(trials[-1].close)
            except InferenceError as error:
                if len(trials) < _TWINS:
                    raise
                skipped.append((choice, str(error)))
        for turn in range(length.rounds):
            for trial in _in_turn(trials, turn):
                trial.run(length.seconds)
                advance()
        return [trial.measured() for trial in trials], skipped, trials[0].largest_batch


def _start(order: Order, choice: Choice, *, needed: bool) -> Trial:
    free_mb = _free_mb()
    if not needed and free_mb < _LEAST_FREE_MB:
        raise InferenceError(f"only {free_mb:.0f} MB of memory are free")
    return Trial(order, choice)


def _in_turn(trials: list[Trial], turn: int) -> Iterator[Trial]:
    """Each round begins with another one, so that none always comes after the same."""
    first = turn % len(trials)
    yield from trials[first:]
    yield from trials[:first]


def _free_mb() -> float:
    lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")) * 1024 / 1e6
