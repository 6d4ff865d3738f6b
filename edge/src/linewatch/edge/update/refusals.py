"""Bundles that this device refused: why, and when each may be tried again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from linewatch.edge import errors
from linewatch.edge.errors import ReturnedFrom
from linewatch.edge.update.durable import guarding_disk, write_whole

_LONGEST_SECONDS = 86_400.0
_KEPT = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Why a bundle was refused the last time, how often in a row, and when (seconds since 1970)."""

    kind: str
    text: str
    times: int
    unix_seconds: float

    def due(self, now: float, first_wait_seconds: float) -> bool:
        """Whether it may be tried again at `now`: the wait doubles with each refusal, up to a day.

        A clock that was set back makes it due at once, so that a wrong clock cannot hold a bundle back for ever. What
        the device or its operator returned from is never due: a newer release replaces it, or the operator installs
        it again.
        """
        if self.returned_from:
            return False
        wait = min(first_wait_seconds * 2.0 ** min(self.times - 1, 32), _LONGEST_SECONDS)
        return not 0 <= now - self.unix_seconds < wait

    @property
    def returned_from(self) -> bool:
        """Whether it served here, and was returned from."""
        kind = getattr(errors, self.kind, None)
        return isinstance(kind, type) and issubclass(kind, ReturnedFrom)


class Refusals:
    """The file `{state}/refused.json`, by bundle digest. A damaged file counts as empty: the worst is one more try."""

    def __init__(self, state: Path) -> None:
        """Read the refusals below the device's state folder."""
        self._path = state / "refused.json"
        self._by_digest = _read(self._path)

    def get(self, digest: str) -> Refusal | None:
        """Why `digest` was refused, if it was."""
        return self._by_digest.get(digest)

    def all(self) -> Mapping[str, Refusal]:
        """Every refusal, by digest."""
        return dict(self._by_digest)

    def held_back(self, now: float, first_wait_seconds: float) -> list[str]:
        """Digests that are not to be tried yet."""
        return [digest for digest, refusal in self._by_digest.items() if not refusal.due(now, first_wait_seconds)]

    def record(self, digest: str, kind: str, text: str, now: float) -> None:
        """Remember, durably, that `digest` was refused once more.

        Raises:
            DiskFull, StateUnwritable: the disk refused.
        """
        before = self._by_digest.pop(digest, None)
        times = before.times + 1 if before else 1
        self._by_digest[digest] = Refusal(kind=kind, text=text, times=times, unix_seconds=now)
        self._by_digest = dict(list(self._by_digest.items())[-_KEPT:])
        self._write()

    def forget(self, digest: str) -> None:
        """Forget, durably, that `digest` was refused.

        Raises:
            DiskFull, StateUnwritable: the disk refused.
        """
        if self._by_digest.pop(digest, None) is not None:
            self._write()

    def _write(self) -> None:
        fields = {
            digest: {
                "kind": each.kind,
                "text": each.text,
                "times": each.times,
                "unix_seconds": each.unix_seconds,
            }
            for digest, each in self._by_digest.items()
        }
        with guarding_disk(f"write {self._path}"):
            write_whole(self._path, json.dumps(fields).encode())


def _read(path: Path) -> dict[str, Refusal]:
    try:
        fields = json.loads(path.read_bytes())
        return {digest: _refusal(each) for digest, each in fields.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _refusal(fields: Mapping[str, object]) -> Refusal:
    times, when = fields["times"], fields["unix_seconds"]
    if not isinstance(times, int) or not isinstance(when, (int, float)):
        raise TypeError("times and unix_seconds are numbers")
    return Refusal(kind=str(fields["kind"]), text=str(fields["text"]), times=times, unix_seconds=float(when))
