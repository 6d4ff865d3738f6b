"""What operators taught their devices, taken out of the event store: one signed file a change."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from linewatch.cloud.errors import WrongUse
from linewatch.protos import event_pb2
from linewatch.protos.signed_change import SignedChange, SignedChangeError, read_signed_change


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """The newest word of one device on one change; `trouble` says why it is not believed.

    `content` is a hash of the change but for whether it was taken back: a device that was made to forget everything
    counts from 1 again.
    """

    site: str
    device: str
    reason: str
    data: bytes
    number: int = 0
    content: str = ""
    trouble: str = ""

    @property
    def file_name(self) -> str:
        """As what it is saved."""
        return f"{self.site}-{self.device}-{self.number:06d}-{self.content[:8]}.json"


def read_key(path: Path) -> Ed25519PublicKey:
    """The public key that `linewatch-edge local key` printed.

    Raises:
        WrongUse: the file holds no such key.
    """
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise WrongUse(f"cannot read {path} ({error}); save what `linewatch-edge local key` prints") from error
    if not isinstance(key, Ed25519PublicKey):
        raise WrongUse(f"{path} holds another kind of key; save what `linewatch-edge local key` prints")
    return key


def read_suggestions(payloads: Iterable[bytes], key: Ed25519PublicKey | None) -> list[Suggestion]:
    """The newest word on each change, and everything that is not believed.

    Args:
        payloads: events about suggestions, in the order in which they arrived.
        key: of the device; without it signatures are not checked.
    """
    newest: dict[tuple[str, str, str, str], Suggestion] = {}
    refused: list[Suggestion] = []
    for payload in payloads:
        event = event_pb2.Event.FromString(payload)
        site, device, reason, data = event.site, event.identity.device, event.reason, event.overlay
        try:
            signed = read_signed_change(data)
            number = _check(signed, device, key)
        except SignedChangeError as error:
            refused.append(Suggestion(site=site, device=device, reason=reason, data=data, trouble=str(error)))
            continue
        content = _content(signed)
        place = (site, device, signed.key, content)
        if signed.change.get("undone") is not None or place not in newest:  # an end is the last word
            told = Suggestion(site=site, device=device, reason=reason, data=data, number=number, content=content)
            newest[place] = told
    return [*newest.values(), *refused]


def save_suggestions(suggestions: Iterable[Suggestion], folder: Path) -> int:
    """Write those that are believed into `folder`; gives how many.

    Raises:
        WrongUse: the folder cannot be written.
    """
    believed = [one for one in suggestions if not one.trouble]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in believed:
            (folder / one.file_name).write_bytes(one.data)
    except OSError as error:
        raise WrongUse(f"cannot write into {folder}: {error.strerror}") from error
    return len(believed)


def _content(signed: SignedChange) -> str:
    lasting = {name: value for name, value in signed.change.items() if name != "undone"}
    return hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()


def _check(signed: SignedChange, device: str, key: Ed25519PublicKey | None) -> int:
    """The number of the change."""
    number, named = signed.change.get("number"), signed.change.get("device")
    if not isinstance(number, int) or number < 1:
        raise SignedChangeError("it has no number")
    if named != device:
        raise SignedChangeError(f"{named!r} signed what {device!r} sent")
    if key is None:
        return number
    try:
        if key.public_bytes_raw().hex() != signed.key:
            raise SignedChangeError("another key signed it")
        key.verify(bytes.fromhex(signed.signature), signed.covered)
    except (InvalidSignature, ValueError) as error:
        if isinstance(error, SignedChangeError):
            raise
        raise SignedChangeError("it was changed after the device signed it") from error
    return number
