"""What was taught to this device, as it is shown."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class LocalStatus:
    """What was taught here.

    Attributes:
        in_force: changes to the bundle that serves, in a few words each.
        elsewhere: how many changes are to other bundles, and do not apply.
        trouble: why nothing is in force; empty where all is well.
    """

    in_force: tuple[str, ...] = ()
    elsewhere: int = 0
    trouble: str = ""


UNTAUGHT = LocalStatus()
