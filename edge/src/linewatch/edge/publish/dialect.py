"""Which MQTT version to speak: 5 where the broker knows it, 3.1.1 otherwise. Pure."""

from enum import StrEnum
from typing import Literal


class Version(StrEnum):
    """A protocol version."""

    V5 = "5"
    V311 = "3.1.1"


class Dialect:
    """Starts with MQTT 5 unless told otherwise, and learns from how the broker answers."""

    def __init__(self, wanted: Literal["auto", "5", "3.1.1"]) -> None:
        self._free = wanted == "auto"
        self._known = False
        self.version = Version.V5 if self._free else Version(wanted)

    def guessing(self) -> bool:
        """Whether silence may mean that the broker does not understand us: some wait for ever at a MQTT 5 last will."""
        return self._free and not self._known and self.version is Version.V5

    def accepted(self) -> None:
        """The broker let us in: stay with this version."""
        self._known = True

    def refused(self) -> bool:
        """The broker does not speak this version; True when there is another one to try at once."""
        if not self._free or self.version is Version.V311:
            return False
        self.version = Version.V311
        return True

    def silent(self) -> None:
        """The broker hung up without a word, as old ones do at a version they do not know: try the other one next."""
        if self._free and not self._known:
            self.version = Version.V311 if self.version is Version.V5 else Version.V5
