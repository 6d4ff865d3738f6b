"""Which cameras are there."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from linewatch.edge.capture.gige.aravis import aravis
from linewatch.edge.errors import CameraError

_GIGE = "GigEVision"


@dataclass(frozen=True, kw_only=True)
class FoundCamera:
    """A camera that answered.

    Attributes:
        identity: what Aravis calls it.
        serial, vendor, model: as it says itself.
        address: on the network; empty for one at USB.
        protocol: `GigEVision` or `USB3Vision`.
    """

    identity: str
    serial: str
    vendor: str
    model: str
    address: str
    protocol: str

    @property
    def place(self) -> str:
        """What opens it. By address, for then the way to it does not hang on which interface heard it first."""
        return self.address if self.protocol == _GIGE and self.address else self.identity

    def answers_to(self, name: str) -> bool:
        """Whether `name` is one of its names."""
        return name in (self.identity, self.serial, self.address, f"{self.vendor}-{self.serial}")


def find_cameras() -> list[FoundCamera]:
    """Ask all networks and USB; takes about a second.

    Raises:
        WrongUse: Aravis is not installed, or too old.
    """
    library = aravis()
    library.call("arv_update_device_list")
    return [_found(index) for index in range(library.call("arv_get_n_devices"))]


def place_of(name: str) -> str:
    """What opens the camera that is called `name`, or the first one that is found when that is empty.

    An address is not looked for: it may lie in another network, where questions to all do not get.

    Raises:
        WrongUse: Aravis is not installed, or too old.
        CameraError: there is none, or none that is called so; names those that are there.
    """
    if _is_address(name):
        return name
    found = find_cameras()
    for camera in found:
        if not name or camera.answers_to(name):
            return camera.place
    raise CameraError(f"no GigE camera {name} answers; {_names(found)}" if name else "no GigE camera answers")


def _names(found: Sequence[FoundCamera]) -> str:
    return f"there are {', '.join(camera.identity for camera in found)}" if found else "nor does any other"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
        return True
    except ValueError:
        return False


def _found(index: int) -> FoundCamera:
    def text(what: str) -> str:
        said: bytes | None = aravis().call(f"arv_get_device_{what}", index)
        return (said or b"").decode(errors="replace")

    protocol = text("protocol")
    return FoundCamera(
        identity=text("id"),
        serial=text("serial_nbr"),
        vendor=text("vendor"),
        model=text("model"),
        address=text("address") if protocol == _GIGE else "",
        protocol=protocol,
    )
