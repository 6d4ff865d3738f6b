"""What a bundle promises, held against what it did on this device. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from linewatch.edge.decide.alarm_rate import AlarmCount


@dataclass(frozen=True, kw_only=True, slots=True)
class Conduct:
    """What the serving bundle did on one camera.

    Attributes:
        delivers: the camera is open and delivers; one that failed is left out of everything.
        alarms: counted since the bundle began to serve here; None before its first frame.
        outside: in what way its scores left the manifest's band, for people; empty while they are within.
    """

    delivers: bool
    alarms: AlarmCount | None = None
    outside: str = ""


def broken_promises(conduct: Mapping[str, Conduct]) -> dict[str, str]:
    """By camera, what the bundle promises and does not hold, for people."""
    found: dict[str, str] = {}
    for camera, one in conduct.items():
        if not one.delivers:
            continue
        if one.alarms is not None and one.alarms.broken:
            found[camera] = (
                f"{one.alarms.per_hour:.1f} alarms an hour, at least {one.alarms.at_least_per_hour:.1f} beyond doubt, "
                f"where {one.alarms.promised_per_hour or 0:.1f} were promised"
            )
        elif one.outside:
            found[camera] = one.outside
    return found


def blames_bundle(objects: int, exhibits: int) -> bool:
    """Whether the bundle is to blame, and not what the cameras show; without a frame to show nothing is.

    Args:
        objects: of the frames that speak against it, those which the bundle before finds odd as well.
        exhibits: all of these frames.
    """
    return 2 * objects < exhibits
