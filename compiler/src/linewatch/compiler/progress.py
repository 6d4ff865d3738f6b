"""How long work tells what it is doing."""

from typing import Protocol


class Progress(Protocol):
    """Called often; must be quick and must not raise."""

    def __call__(self, stage: str, done: float) -> None:
        """`stage` is a short text for people, `done` the finished share of that stage (0..1)."""


def silent(stage: str, done: float) -> None:
    """A progress nobody reads."""
