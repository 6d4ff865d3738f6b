"""The head of the journal: which files it has to hold, signed, so that none can go or come back unnoticed.

Each write is announced in the head, then done, then entered as done. After a power cut at any moment every file is as
the head has it, or as announced: what was under way happened whole or not at all, and neither is taken for tampering.
"""

from collections.abc import Sequence

from pydantic import ValidationError

from linewatch.edge.errors import LocalChangeRefused
from linewatch.edge.local.change import Count, Digest, Part
from linewatch.edge.local.device_key import DeviceKey, is_signed
from linewatch.edge.local.entry import Entry
from linewatch.protos.signed_change import canonical_json

_MEANING = b"linewatch local head 1\n"
"""Signed in front of each head, so that the signature means nothing elsewhere."""


class Announced(Part):
    """A write that is under way: the number of the change, and the SHA-256 that its file will have."""

    number: Count
    sha256: Digest


class Head(Part):
    """What the journal holds: the SHA-256 of the files 1, 2, 3, ..., and the write that is under way, if one is."""

    changes: tuple[Digest, ...] = ()
    announced: Announced | None = None

    def announcing(self, number: int, sha256: str) -> "Head":
        """This head while the file of change `number`, a new one or the next state of an old one, is written."""
        return Head(changes=self.changes, announced=Announced(number=number, sha256=sha256))

    def check(self, found: Sequence[Entry]) -> list[Entry]:
        """`found` and what is missing, in the order of their numbers; refused is what is not as it was last written."""
        numbers = {entry.number for entry in found}
        lost = (number for number in range(1, len(self.changes) + 1) if number not in numbers)
        checked = [*map(self._check, found), *(Entry(number=number, trouble="its file is missing") for number in lost)]
        return sorted(checked, key=lambda entry: entry.number)

    def _check(self, entry: Entry) -> Entry:
        if entry.change is None or self._knows(entry):
            return entry
        unknown = entry.number > len(self.changes)
        trouble = "it was put here, and not written here" if unknown else "an older state of it was put back"
        return Entry(number=entry.number, trouble=trouble)

    def _knows(self, entry: Entry) -> bool:
        if self.announced == Announced(number=entry.number, sha256=entry.sha256):
            return True
        return self.changes[entry.number - 1 : entry.number] == (entry.sha256,)


class _SignedHead(Part):
    head: Head
    key: str
    signature: str

    @property
    def covered(self) -> bytes:
        return _MEANING + canonical_json(self.head.model_dump(mode="json"))

    def to_bytes(self) -> bytes:
        return canonical_json(self.model_dump(mode="json"))


def head_of(entries: Sequence[Entry]) -> Head:
    """The head of a journal that holds these, all of them as they were signed."""
    return Head(changes=tuple(entry.sha256 for entry in entries))


def seal_head(head: Head, key: DeviceKey) -> bytes:
    """Write and sign `head`."""
    unsigned = _SignedHead(head=head, key=key.public_hex, signature="")
    return unsigned.model_copy(update={"signature": key.sign(unsigned.covered)}).to_bytes()


def unseal_head(data: bytes, public_hex: str) -> Head:
    """Read a head that the key `public_hex` signed.

    Raises:
        LocalChangeRefused: it is missing, not signed by that key, was changed since, or is none; says which.
    """
    if not data:
        raise LocalChangeRefused("its head is missing")
    try:
        signed = _SignedHead.model_validate_json(data)
    except ValidationError as error:
        raise LocalChangeRefused("its head is damaged") from error
    if signed.to_bytes() != data:
        raise LocalChangeRefused("its head is not canonical JSON, as devices write it")
    if signed.key != public_hex:
        raise LocalChangeRefused("another device signed its head")
    if not is_signed(signed.covered, signed.signature, public_hex):
        raise LocalChangeRefused("its head was changed after this device signed it")
    return signed.head
