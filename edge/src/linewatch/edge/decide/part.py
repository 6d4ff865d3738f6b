"""What is said of a part of a line."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Quality(StrEnum):
    """What is known of a part.

    UNSURE: fewer of its frames were judged than there should have been, perhaps none, and not enough of them were
    anomalous.
    """

    GOOD = "good"
    BAD = "bad"
    UNSURE = "unsure"


@dataclass(frozen=True, kw_only=True, slots=True)
class PartVerdict:
    """What a reject gate has to know; `defect_class` is empty but for bad parts, and where the defect has no name."""

    part: int
    quality: Quality
    defect_class: str = ""


TellPart: TypeAlias = Callable[[PartVerdict], bool]
"""Takes each verdict as soon as it is certain, and says whether somebody heard it; must not wait."""


@dataclass(slots=True)
class PartTally:
    """Counts of the parts of one camera.

    Attributes:
        good, bad, unsure: parts that got the verdict.
        missed: numbers that were left out between two parts: no trigger and no frame named them here, or too many were
            lost at once to remember. They get no verdict.
        stray: anomalous frames that show no part.
        unheard: verdicts that nobody heard at the verdict socket.
    """

    good: int = 0
    bad: int = 0
    unsure: int = 0
    missed: int = 0
    stray: int = 0
    unheard: int = 0
