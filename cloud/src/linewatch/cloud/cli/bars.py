"""Progress bars on standard error."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

_QUARTERS = 4


class Bars:
    """One bar for each stage; plain lines where standard error is no terminal."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._live = console.is_terminal
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description:<24}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not self._live,
        )
        self._tasks: dict[str, TaskID] = {}
        self._told: dict[str, int] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def count(self, stage: str, done: int, total: int, /) -> None:
        """`done` of `total` steps of `stage` are over."""
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total)
        if not self._live:
            self._tell(stage, done, total)
        self._bars.update(self._tasks[stage], completed=done, total=total)

    def _tell(self, stage: str, done: int, total: int) -> None:
        """A line where a stage begins, and at each further quarter of it."""
        quarter = _QUARTERS * done // max(1, total)
        if self._told.get(stage, -1) < quarter:
            self._told[stage] = quarter
            self._console.print(
                f"{stage} {'...' if quarter == 0 else f'{100 * quarter // _QUARTERS} %'}", highlight=False
            )

    def share(self, stage: str, done: float) -> None:
        """`done` (0..1) of `stage` is over."""
        self.count(stage, round(100 * done), 100)
