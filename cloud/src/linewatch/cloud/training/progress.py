"""How long work tells how far it is, without knowing who shows it."""

from typing import Protocol


class Progress(Protocol):
    """Is called with each step done."""

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """`done` of `total` steps of `stage` (a few words for a person) are over."""


def silent(stage: str, done: int, total: int, /) -> None:
    """Show nothing."""
