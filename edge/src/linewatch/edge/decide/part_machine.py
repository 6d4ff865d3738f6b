"""The way of a part past the camera as a table."""

from enum import Enum, auto


class PartState(Enum):
    """What is known of the part in view."""

    ABSENT = auto()
    GOOD = auto()
    """So far."""
    BAD = auto()


class PartSignal(Enum):
    """What one frame means for it."""

    COMES = auto()
    NORMAL = auto()
    ANOMALOUS = auto()
    CONFIRMED = auto()
    """An anomalous frame, the one after which the part is bad, or a later one."""
    GOES = auto()
    """There will be no further frame of it."""
    CUT_SHORT = auto()
    """Nor was there every frame that should have been."""


class PartAction(Enum):
    """What to do about it."""

    NOTHING = auto()
    BEGIN = auto()
    EXTEND = auto()
    REJECT = auto()
    """Tell at once that it is bad."""
    PASS = auto()
    """Tell that it is good."""
    DOUBT = auto()
    """Tell that nobody knows."""
    REPORT = auto()
    """Write the message about a bad part."""


PART_TABLE: dict[tuple[PartState, PartSignal], tuple[PartState, PartAction]] = {
    (PartState.ABSENT, PartSignal.COMES): (PartState.GOOD, PartAction.BEGIN),
    (PartState.ABSENT, PartSignal.GOES): (PartState.ABSENT, PartAction.NOTHING),
    (PartState.ABSENT, PartSignal.CUT_SHORT): (PartState.ABSENT, PartAction.NOTHING),
    (PartState.GOOD, PartSignal.NORMAL): (PartState.GOOD, PartAction.NOTHING),
    (PartState.GOOD, PartSignal.ANOMALOUS): (PartState.GOOD, PartAction.EXTEND),
    (PartState.GOOD, PartSignal.CONFIRMED): (PartState.BAD, PartAction.REJECT),
    (PartState.GOOD, PartSignal.GOES): (PartState.ABSENT, PartAction.PASS),
    (PartState.GOOD, PartSignal.CUT_SHORT): (PartState.ABSENT, PartAction.DOUBT),
    (PartState.BAD, PartSignal.NORMAL): (PartState.BAD, PartAction.NOTHING),
    (PartState.BAD, PartSignal.CONFIRMED): (PartState.BAD, PartAction.EXTEND),
    (PartState.BAD, PartSignal.GOES): (PartState.ABSENT, PartAction.REPORT),
    (PartState.BAD, PartSignal.CUT_SHORT): (PartState.ABSENT, PartAction.REPORT),
}
