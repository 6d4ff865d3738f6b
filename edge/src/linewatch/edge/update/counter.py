"""The release counter: the newest release that this device has run, by bundle name. It only goes up."""

import json
from dataclasses import dataclass
from pathlib import Path

from linewatch.edge.errors import OlderRelease, StateUnwritable
from linewatch.edge.update.durable import guarding_disk, write_whole


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A release and the digest of its bundle."""

    release: int
    digest: str


class ReleaseCounter:
    """The file `{state}/release.json`."""

    def __init__(self, state: Path) -> None:
        """Use the counter below the device's state folder."""
        self._path = state / "release.json"

    def mark(self, name: str) -> Mark | None:
        """The newest release of the bundle `name` that has run here; None when none has.

        Raises:
            StateUnwritable: the file is damaged; nothing is installed until it is mended.
        """
        return self._marks().get(name)

    def check(self, name: str, offered: Mark) -> None:
        """Accept a newer release, or the newest one again.

        Raises:
            OlderRelease: it is older, or another bundle under the same number.
        """
        known = self.mark(name)
        if known is None or offered.release > known.release or offered == known:
            return
        raise OlderRelease(
            f"the registry offers release {offered.release} of {name}, and this device has run release "
            f"{known.release}; to go back to an old model, publish it again as a new release"
        )

    def raise_to(self, name: str, reached: Mark) -> None:
        """Remember, durably, that `reached` has run.

        Raises:
            OlderRelease: that would take the counter back.
            DiskFull, StateUnwritable: the disk refused.
        """
        self.check(name, reached)
        marks = self._marks() | {name: reached}
        fields = {each: {"release": mark.release, "digest": mark.digest} for each, mark in marks.items()}
        with guarding_disk(f"write {self._path}"):
            write_whole(self._path, json.dumps(fields, sort_keys=True).encode())

    def _marks(self) -> dict[str, Mark]:
        try:
            fields = json.loads(self._path.read_bytes())
            return {
                str(name): Mark(release=int(mark["release"]), digest=str(mark["digest"]))
                for name, mark in fields.items()
            }
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise StateUnwritable(
                f"{self._path} is damaged ({error}); remove it only if you trust the registry as it is now"
            ) from error
