"""Whose engine is built: a builder takes the whole GPU, so that there is one at a time."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import TypeAlias

GivenUp: TypeAlias = Callable[[], bool]
"""Whether what is being built is not wanted any more; asked again and again, from the thread that builds."""


def never() -> bool:
    """It is wanted to its end."""
    return False


class BuildTurns:
    """The newest bundle that comes has the turn; what is built for the one that serves waits until nobody has it."""

    def __init__(self) -> None:
        """Nobody has it."""
        self._holder: object | None = None
        self._changed = threading.Condition()

    @property
    def taken(self) -> bool:
        """Whether somebody has it."""
        return self._holder is not None

    @contextlib.contextmanager
    def newest(self) -> Iterator[GivenUp]:
        """Have the turn, and say whether somebody newer has taken it."""
        mine = object()
        with self._changed:
            self._holder = mine
        try:
            yield lambda: self._holder is not mine
        finally:
            with self._changed:
                if self._holder is mine:
                    self._holder = None
                    self._changed.notify_all()

    def await_free(self) -> None:
        """Wait until nobody has it."""
        with self._changed:
            self._changed.wait_for(lambda: self._holder is None)
