"""A change as a file: canonical JSON with the signature of the device beside it."""

from dataclasses import replace

from pydantic import ValidationError

from linewatch.edge.errors import LocalChangeRefused
from linewatch.edge.local.change import Change
from linewatch.edge.local.device_key import DeviceKey, is_signed
from linewatch.protos.signed_change import SignedChange, SignedChangeError, canonical_json, read_signed_change


def seal(change: Change, key: DeviceKey) -> bytes:
    """Write and sign `change`."""
    unsigned = SignedChange(change=change.model_dump(mode="json"), key=key.public_hex, signature="")
    return replace(unsigned, signature=key.sign(unsigned.covered)).to_bytes()


def unseal(data: bytes, public_hex: str) -> Change:
    """Read a change that the key `public_hex` signed.

    Raises:
        LocalChangeRefused: it is not signed by that key, was changed since, or is none; says which.
    """
    try:
        signed = read_signed_change(data)
    except SignedChangeError as error:
        raise LocalChangeRefused(str(error)) from error
    if signed.key != public_hex:
        raise LocalChangeRefused("another device signed it")
    if not is_signed(signed.covered, signed.signature, public_hex):
        raise LocalChangeRefused("it was changed after this device signed it")
    try:
        return Change.model_validate_json(canonical_json(signed.change))
    except ValidationError as error:
        raise LocalChangeRefused(f"another version of the agent wrote it: {error.errors()[0]['msg']}") from error
