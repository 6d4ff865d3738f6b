"""Logs of the cloud's processes: one line each, on standard error; standard output is for results."""

import logging
import sys

import structlog


def set_up_logs(*, verbose: bool) -> None:
    """Show what matters, or with `verbose` everything."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
