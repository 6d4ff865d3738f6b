"""Puts results of parallel workers back into the order of their frames."""

from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")


class InOrder(Generic[ItemT]):
    """Items go in with tickets 0, 1, 2, ... in any order and come out in that order."""

    def __init__(self) -> None:
        """Wait for ticket 0."""
        self._next = 0
        self._early: dict[int, ItemT] = {}

    def push(self, ticket: int, item: ItemT) -> list[ItemT]:
        """Put in one item; gives those whose turn has come."""
        self._early[ticket] = item
        ready = []
        while self._next in self._early:
            ready.append(self._early.pop(self._next))
            self._next += 1
        return ready

    def __len__(self) -> int:
        """Items that wait for an earlier one."""
        return len(self._early)
