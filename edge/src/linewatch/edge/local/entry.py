"""One file of the journal, read and checked."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from linewatch.edge.errors import EdgeError, LocalChangeRefused
from linewatch.edge.local.change import Change
from linewatch.edge.local.sealed import unseal

_LARGEST = 1 << 22
"""Bytes of one file that are read at most."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One file of the journal: its change, or why it is refused. Number 0 stands for the journal itself."""

    number: int
    data: bytes = b""
    change: Change | None = None
    trouble: str = ""

    @property
    def sha256(self) -> str:
        """Of the file, hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


def read_entry(path: Path, public_hex: str) -> Entry:
    """The file `000001.json` or another, which the key `public_hex` should have signed."""
    number = int(path.stem)
    try:
        if path.stat().st_size > _LARGEST:
            raise LocalChangeRefused("it is far too large")
        data = path.read_bytes()
        change = unseal(data, public_hex)
        if change.number != number:
            raise LocalChangeRefused(f"it is the file of change {change.number}")
    except EdgeError as error:
        return Entry(number=number, trouble=str(error))
    except OSError as error:
        return Entry(number=number, trouble=f"cannot read {path}: {error.strerror}")
    return Entry(number=number, data=data, change=change)
