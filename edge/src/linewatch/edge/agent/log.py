"""Structured logs on standard error."""

import logging
import sys
import threading
from typing import TextIO, cast

import structlog


def set_up_logs(*, verbose: bool = False) -> None:
    """Send everything that is logged to standard error: for people on a terminal, as JSON lines elsewhere."""
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
    _take_in_what_others_say()


def _take_in_what_others_say() -> None:
    """Libraries that log in their own way, warnings, and threads that die are lines of the same log."""
    logging.basicConfig(handlers=[_FromLibraries(logging.WARNING)], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)
    threading.excepthook = _tell_of_a_thread


def _tell_of_a_thread(died: threading.ExceptHookArgs) -> None:
    name = died.thread.name if died.thread else ""
    structlog.get_logger().error("thread died", thread=name, reason=str(died.exc_value), exc_info=died.exc_value)


class _FromLibraries(logging.Handler):
    """Passes records of the standard library's logging on to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass it on."""
        fault = record.exc_info[1] if record.exc_info else None
        tell = structlog.get_logger().error if record.levelno >= logging.ERROR else structlog.get_logger().warning
        tell("library says", library=record.name, reason=record.getMessage(), exc_info=fault)


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
