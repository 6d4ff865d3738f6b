"""Guards the import of large libraries against Ctrl-C."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
"""Exit code after Ctrl-C."""


@contextmanager
def interruptible_imports() -> Iterator[None]:
    """Ctrl-C ends the process at once while this lasts.

    NumPy and torch may swallow an interrupt that comes while they are loaded, or be left unusable by it; and nothing
    that would have to be undone has begun. Outside the main thread, which gets no signals, it does nothing.
    """
    try:
        before = signal.signal(signal.SIGINT, _end)
    except ValueError:
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end(_number: int, _frame: FrameType | None) -> None:
    os.write(2, b"interrupted\n")
    os._exit(INTERRUPTED)
