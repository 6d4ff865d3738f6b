"""A change as a file: canonical JSON with the signature of the device beside it."""

import json

from pydantic import ValidationError

from linewatch.edge.errors import LocalChangeRefused
from linewatch.edge.local.change import Change
from linewatch.edge.local.device_key import DeviceKey, is_signed

_MEANING = b"linewatch local change 1\n"
"""Signed in front of each change, so that the signature means nothing elsewhere."""


def seal(change: Change, key: DeviceKey) -> bytes:
    """Write and sign `change`."""
    content = change.model_dump(mode="json")
    signature = key.sign(_MEANING + _canonical(content))
    return _canonical({"change": content, "key": key.public_hex, "signature": signature})


def unseal(data: bytes, public_hex: str) -> Change:
    """Read a change that the key `public_hex` signed.

    Raises:
        LocalChangeRefused: it is not signed by that key, was changed since, or is none; says which.
    """
    try:
        sealed = json.loads(data)
        content, signer, signature = sealed["change"], sealed["key"], sealed["signature"]
        if _canonical(sealed) != data:
            raise LocalChangeRefused("it is not canonical JSON, as this device writes it")
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise LocalChangeRefused(f"it is no signed change ({type(error).__name__}: {error})") from error
    if signer != public_hex:
        raise LocalChangeRefused("another device signed it")
    if not isinstance(signature, str) or not is_signed(_MEANING + _canonical(content), signature, public_hex):
        raise LocalChangeRefused("it was changed after this device signed it")
    try:
        return Change.model_validate_json(_canonical(content))
    except ValidationError as error:
        raise LocalChangeRefused(f"another version of the agent wrote it: {error.errors()[0]['msg']}") from error


def _canonical(content: object) -> bytes:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()
