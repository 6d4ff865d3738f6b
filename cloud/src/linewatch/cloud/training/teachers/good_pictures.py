"""The good pictures that a teacher learns from, and those of them that only set its threshold."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from linewatch.compiler.teacher import UInt8Array

_HELD_EVERY, _HELD_MOST = 4, 256


@dataclass(frozen=True, kw_only=True)
class GoodPictures:
    """`count` pictures, read one at a time so that they need not fit into memory."""

    count: int
    read: Callable[[int], UInt8Array]

    @property
    def held(self) -> Sequence[int]:
        """Every fourth picture, at most some hundreds: judged by a teacher that did not see them."""
        every = max(_HELD_EVERY, -(-self.count // _HELD_MOST))
        return range(every - 1, self.count, every)

    @property
    def fit(self) -> Sequence[int]:
        """The others."""
        held = set(self.held)
        return [index for index in range(self.count) if index not in held]

    def frames(self, indices: Sequence[int]) -> Iterator[UInt8Array]:
        """The pictures with these numbers, RGB uint8[H, W, 3]."""
        return (self.read(index) for index in indices)

    def spread(self, count: int) -> Sequence[int]:
        """Numbers of at most `count` pictures, evenly chosen."""
        if count >= self.count:
            return range(self.count)
        return [round(index * (self.count - 1) / max(1, count - 1)) for index in range(count)]
