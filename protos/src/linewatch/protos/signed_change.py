"""What an operator taught a device, as the device signs it: the form that device and cloud share.

A file is canonical JSON with `change`, `key` (the device's Ed25519 public key, hexadecimal) and `signature`, which
covers `MEANING` and the canonical JSON of `change`. Checking the signature is left to whoever has a library for it.
"""

import json
from dataclasses import dataclass
from typing import Any

MEANING = b"linewatch local change 1\n"
"""Signed in front of each change, so that the signature means nothing elsewhere."""


class SignedChangeError(ValueError):
    """The bytes are no signed change."""


@dataclass(frozen=True, kw_only=True)
class SignedChange:
    """A change of which the form was checked, and the signature was not."""

    change: dict[str, Any]
    key: str
    signature: str

    @property
    def covered(self) -> bytes:
        """What the signature covers."""
        return MEANING + canonical_json(self.change)

    def to_bytes(self) -> bytes:
        """The file."""
        return canonical_json({"change": self.change, "key": self.key, "signature": self.signature})


def canonical_json(content: object) -> bytes:
    """Sorted keys, no spaces, UTF-8.

    Raises:
        ValueError: a number is none.
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def read_signed_change(data: bytes) -> SignedChange:
    """Read the file and check its form.

    Raises:
        SignedChangeError: it is not canonical JSON of this form.
    """
    try:
        fields = json.loads(data)
        signed = SignedChange(**fields)
        if not (isinstance(signed.change, dict) and isinstance(signed.key, str) and isinstance(signed.signature, str)):
            raise SignedChangeError("it is no signed change: its parts are not what they should be")
        if signed.to_bytes() != data:
            raise SignedChangeError("it is not canonical JSON, as devices write it")
    except SignedChangeError:
        raise
    except (ValueError, TypeError, RecursionError) as error:
        raise SignedChangeError(f"it is no signed change ({type(error).__name__}: {error})") from error
    return signed
