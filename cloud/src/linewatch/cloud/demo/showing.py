"""What a video of parts truly shows."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Showing:
    """One part in front of the camera, from frame `first` to frame `last`, both inclusive.

    `defect` is empty for a good part, otherwise the kind of its defect.
    """

    first: int
    last: int
    defect: str = ""

    @property
    def defective(self) -> bool:
        """Whether an event should tell of it."""
        return bool(self.defect)

    @property
    def told(self) -> str:
        """The part in words."""
        return f"{self.defect or 'good'}, frames {self.first} to {self.last}"
