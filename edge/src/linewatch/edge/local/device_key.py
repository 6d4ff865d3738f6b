"""The key by which this device signs what it was taught.

The library that signs takes 10 MB of memory, and is imported where there is something to sign or to check.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from linewatch.edge.errors import DeviceKeyUnusable
from linewatch.edge.update.durable import guarding_disk, write_whole

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_FOR_OTHERS = 0o077


class DeviceKey:
    """An Ed25519 key in `{state}/device.key`, readable by the agent's user alone. It never leaves the device."""

    def __init__(self, key: "Ed25519PrivateKey") -> None:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        self._key = key
        public = key.public_key()
        self.public_hex = public.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
        self.public_pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, data: bytes) -> str:
        """The signature of `data`, hexadecimal."""
        return self._key.sign(data).hex()


def is_signed(data: bytes, signature: str, public_hex: str) -> bool:
    """Whether the key `public_hex` signed `data`; `signature` counts in the form alone in which `sign` gives it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        signed = bytes.fromhex(signature)
        if signed.hex() != signature:  # capitals or spaces: the same signature in a file of other bytes
            return False
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_hex)).verify(signed, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def find_key(state: Path) -> DeviceKey | None:
    """The key of this device; None where it has none yet.

    Raises:
        DeviceKeyUnusable: the file is damaged, cannot be read, or others can read it.
    """
    path = state / "device.key"
    try:
        if path.stat().st_mode & _FOR_OTHERS:
            raise DeviceKeyUnusable(f"others can read {path}: look who did, then `chmod 600 {path}`")
        written = path.read_bytes()
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        key = load_pem_private_key(written, password=None)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise DeviceKeyUnusable(
            f"cannot use {path} ({error}); put it back, or remove it: then what was taught before is refused"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise DeviceKeyUnusable(f"{path} holds another kind of key; remove it, and the device makes its own")
    return DeviceKey(key)


def make_key(state: Path) -> DeviceKey:
    """The key of this device, made if there is none.

    Raises:
        DeviceKeyUnusable: as `find_key`.
        DiskFull, StateUnwritable: it cannot be written.
    """
    found = find_key(state)
    if found is not None:
        return found
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = Ed25519PrivateKey.generate()
    path = state / "device.key"
    with guarding_disk(f"write {path}"):
        write_whole(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), mode=0o600)
    return DeviceKey(key)
