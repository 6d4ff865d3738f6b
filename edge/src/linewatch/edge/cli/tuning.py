"""`linewatch-edge doctor --tune`: shows what is measured, and what came of it."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.box import MINIMAL
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from linewatch.edge.cli.console import plain_console
from linewatch.edge.cli.json_file import write_json
from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.tuning.measure import Length
from linewatch.edge.doctor.tuning.tune import Step, Tuning
from linewatch.edge.doctor.tuning.weigh import Decision, Measured


def tune_device(settings: EdgeSettings, json: Path | None, length: Length | None = None) -> None:
    """Measure for `length`, show each step, keep the choice, and write all of it to `json`.

    Raises:
        EdgeError: as `Tuning` and its `steps`.
    """
    steps: list[Step] = []
    with _progress() as progress:
        task = progress.add_task("looking at the cameras", total=None)
        tuning = Tuning(
            settings,
            begin=lambda name, rounds: progress.reset(task, description=name, total=rounds),
            advance=lambda: progress.advance(task),
            length=length,
        )
        shown = ", ".join(f"{width} x {height} pixels as {form.name}" for form, height, width in tuning.views)
        progress.console.print(f"frames of {shown}", highlight=False)
        for step in tuning.steps():
            steps.append(step)
            progress.console.print(_table(step))
            for choice, reason in step.skipped:
                progress.console.print(f"not measured: {choice.runtime}, {reason}", markup=False, soft_wrap=True)
    plain_console().print(_said(steps[-1].decision, steps[-1].measured[0]))
    if json is not None:
        choice = steps[-1].decision.best.choice
        write_json(json, {"steps": [_plain(step) for step in steps], "choice": choice.model_dump()})


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _table(step: Step) -> Table:
    table = Table(title=f"{step.name} (noise {step.decision.noise:.1%})", box=MINIMAL, pad_edge=False, padding=(0, 0))
    for heading in ("runtime", "threads", "batch", "memory"):
        table.add_column(heading, no_wrap=True)
    for heading in ("frames/s", "gain", "p99 ms", "MB"):
        table.add_column(heading, justify="right", no_wrap=True)
    before = step.measured[0]
    for one in step.measured:
        table.add_row(*_row(one, before), style="bold" if one is step.decision.best else "")
    return table


def _row(one: Measured, before: Measured) -> list[str]:
    choice = one.choice
    unlike = {"no pool": not choice.arena, "no plan": not choice.memory_pattern, "spin": choice.spinning}
    gain = "" if one is before else f"{one.gain_over(before):+.1%}"
    counts = [f"{choice.workers} x {choice.threads}", str(choice.batch)]
    numbers = [f"{one.rate:.1f}", gain, f"{one.p99_ms:.1f}", f"{one.megabytes:.0f}"]
    return [choice.runtime, *counts, ", ".join(name for name, on in unlike.items() if on), *numbers]


def _said(decision: Decision, before: Measured) -> str:
    noise = f"the noise of {decision.noise:.1%}"
    if decision.best is before:
        return f"nothing is better beyond {noise} than what serves without tuning, which is kept"
    saved = before.megabytes - decision.best.megabytes
    memory = f"{abs(saved):.0f} MB {'less' if saved > 0 else 'more'}" if abs(saved) >= 1 else "as much memory"
    if decision.gain > decision.noise:
        return f"{decision.gain:.1%} more frames a second, beyond {noise}, with {memory}: kept"
    return f"{memory}, and no difference in speed beyond {noise}: kept"


def _plain(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "noise": step.decision.noise,
        "measured": [{**asdict(one), "choice": one.choice.model_dump()} for one in step.measured],
        "skipped": [{"choice": choice.model_dump(), "reason": reason} for choice, reason in step.skipped],
    }
