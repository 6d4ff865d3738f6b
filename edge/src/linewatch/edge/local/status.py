"""What was taught to this device, as it is shown."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class LocalStatus:
    """What was taught here.

    Attributes:
        in_force: changes to the bundle that serves, in a few words each.
        elsewhere: how many changes an earlier bundle was taught, and this one was not.
        trouble: why nothing is in force; empty where all is well.
    """

    in_force: tuple[str, ...] = ()
    elsewhere: int = 0
    trouble: str = ""


UNTAUGHT = LocalStatus()
