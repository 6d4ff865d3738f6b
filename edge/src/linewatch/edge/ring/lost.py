"""Parts of the line that lost a frame on its way to be judged."""

from dataclasses import dataclass

MOST_LOST = 1000
"""Lost frames in a row whose parts are remembered: a worker that hangs must not fill the memory."""


@dataclass(frozen=True, slots=True)
class LostPart:
    """The part with this number lost a frame; `over`: it passed without one, and none will come."""

    number: int
    over: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """What is left of frames that gave way, in their order: an entry for each that showed a part."""

    parts: tuple[LostPart, ...] = ()

    @classmethod
    def frame(cls, part: int) -> "Lost":
        """Of one frame that shows `part`; 0 for none."""
        return cls((LostPart(part),)) if part else cls()

    @classmethod
    def unseen(cls, numbers: list[int]) -> "Lost":
        """Of parts that passed without a frame."""
        return cls(tuple(LostPart(number, over=True) for number in numbers))

    def then(self, later: "Lost") -> "Lost":
        """Both in a row, without what is too much.

        The first part may have been seen before and the last one may be seen again: those in the middle, which nobody
        saw or will see, are forgotten.
        """
        parts = self.parts + later.parts
        return Lost(parts if len(parts) <= MOST_LOST else parts[:1] + parts[1 - MOST_LOST :])
