"""Structured logs on standard error."""

import logging
import sys
from typing import TextIO, cast

import structlog


def set_up_logs(*, verbose: bool = False) -> None:
    """Send every structlog logger to standard error: for people on a terminal, as JSON lines elsewhere."""
    for_people = sys.stderr.isatty()
    stamp = structlog.processors.TimeStamper(fmt="%H:%M:%S" if for_people else "iso", utc=not for_people)
    render: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if for_people
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, stamp, *render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, Unfailing(sys.stderr))),
        cache_logger_on_first_use=False,
    )


class Unfailing:
    """A stream for logs that never raises: a full disk or a closed pipe must not end the thread that has to tell of it.

    What cannot be written is dropped.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, if it can be written."""
        try:
            return self._stream.write(text)
        except (OSError, ValueError):  # ValueError: the stream is closed
            return len(text)

    def flush(self) -> None:
        """Flush, if it can be flushed."""
        try:
            self._stream.flush()
        except (OSError, ValueError):
            return
