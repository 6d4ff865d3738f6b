"""Private keys of the registry's roles: Ed25519, one PEM file a role, readable by the owner alone."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.signer import CryptoSigner, Key

from linewatch.cloud.errors import KeyUnusable

ROLES = ("root", "targets", "snapshot", "timestamp")


def make_keys(folder: Path) -> dict[str, CryptoSigner]:
    """Make a key for each role in the new folder `folder`; gives the signers by role.

    Raises:
        FileExistsError: `folder` exists; keys are never written over.
    """
    folder.mkdir(mode=0o700)
    return {role: _make_key(folder / f"{role}.pem") for role in ROLES}


def load_signer(folder: Path, role: str, trusted: Sequence[Key]) -> CryptoSigner:
    """The signer of `role`, whose public half must be one of `trusted`.

    Raises:
        KeyUnusable: the file is missing, not private, not a key, or another key than the registry trusts.
    """
    path = folder / f"{role}.pem"
    private = _read_private(path, role)
    signer = CryptoSigner(private)
    if signer.public_key.keyid not in {key.keyid for key in trusted}:
        raise KeyUnusable(
            f"{path} is not the {role} key that this registry trusts; put back the key that `linewatch cloud init` made"
        )
    return signer


def _make_key(path: Path) -> CryptoSigner:
    signer = CryptoSigner.generate_ed25519()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(signer.private_bytes)
        file.flush()
        os.fsync(file.fileno())
    return signer


def _read_private(path: Path, role: str) -> Ed25519PrivateKey:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        data = path.read_bytes()
    except OSError as error:
        raise KeyUnusable(
            f"cannot read the {role} key {path} ({error.strerror}); bring it to this machine, "
            "or do this step where the key is"
        ) from error
    if mode & 0o077:
        raise KeyUnusable(f"{path} can be read by others (mode {mode:04o}); run: chmod 600 {path}")
    try:
        private = load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnusable(f"{path} is not an unencrypted private key in PEM: {error}") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyUnusable(f"{path} is not an Ed25519 key; put back the key that `linewatch cloud init` made")
    return private
