"""What was looked at, and how it is."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is: FAULT keeps the device from its work, DOUBT may."""

    WELL = "well"
    DOUBT = "doubt"
    FAULT = "fault"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing: `what` was looked at, how it `is`, and what to do about it (`advice`, empty where nothing is)."""

    level: Level
    what: str
    is_: str
    advice: str = ""


def well(what: str, is_: str) -> Finding:
    """All is as it should be."""
    return Finding(level=Level.WELL, what=what, is_=is_)


def doubt(what: str, is_: str, advice: str) -> Finding:
    """It may do, and it may not."""
    return Finding(level=Level.DOUBT, what=what, is_=is_, advice=advice)


def fault(what: str, is_: str, advice: str) -> Finding:
    """It cannot work so."""
    return Finding(level=Level.FAULT, what=what, is_=is_, advice=advice)
