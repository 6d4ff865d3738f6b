"""Signs metadata and writes it in the order in which devices may see it: timestamp last."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Targets, Timestamp

from linewatch.cloud.errors import RegistryDamaged
from linewatch.cloud.registry.durable import write_whole
from linewatch.cloud.registry.keys import ROLES
from linewatch.cloud.registry.settings import RegistrySettings

TARGETS_JSON = "targets.json"

SignedT = TypeVar("SignedT", Root, Targets, Snapshot, Timestamp)


def first_root(signers: Mapping[str, CryptoSigner]) -> Root:
    """A root that trusts one key for each role, with consistent snapshots."""
    root = Root(consistent_snapshot=True)
    for role in ROLES:
        root.add_key(signers[role].public_key, role)
    return root


def write_root(settings: RegistrySettings, root: Root, signer: CryptoSigner, now: datetime) -> None:
    """Sign `root` and write it under its version, and as `root.json` for new devices."""
    root.expires = now + timedelta(days=settings.root_days)
    data = signed_bytes(root, signer)
    write_whole(settings.metadata / f"{root.version}.root.json", data)
    write_whole(settings.metadata / "root.json", data)


def write_targets(settings: RegistrySettings, targets: Targets, signer: CryptoSigner, now: datetime) -> MetaFile:
    """Sign and write `targets`; gives what the snapshot says of it."""
    targets.expires = now + timedelta(days=settings.targets_days)
    data = signed_bytes(targets, signer)
    write_whole(settings.metadata / f"{targets.version}.targets.json", data)
    return _describe(targets.version, data)


def write_snapshot(settings: RegistrySettings, snapshot: Snapshot, signer: CryptoSigner, now: datetime) -> MetaFile:
    """Sign and write `snapshot`; gives what the timestamp says of it."""
    snapshot.expires = now + timedelta(days=settings.snapshot_days)
    data = signed_bytes(snapshot, signer)
    write_whole(settings.metadata / f"{snapshot.version}.snapshot.json", data)
    return _describe(snapshot.version, data)


def write_timestamp(settings: RegistrySettings, timestamp: Timestamp, signer: CryptoSigner, now: datetime) -> None:
    """Sign and write `timestamp`: from here on devices see the new state."""
    timestamp.expires = now + timedelta(days=settings.timestamp_days)
    write_whole(settings.metadata / "timestamp.json", signed_bytes(timestamp, signer))


def signed_bytes(signed: SignedT, signer: CryptoSigner) -> bytes:
    """`signed` as a metadata file with one signature."""
    metadata = Metadata(signed)
    metadata.sign(signer)
    return metadata.to_bytes()


def verify(metadata: Metadata[SignedT], root: Root, role: str) -> None:
    """Check that the key of `role` signed `metadata`.

    Raises:
        RegistryDamaged: it did not.
    """
    try:
        root.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
    except RepositoryError as error:
        raise RegistryDamaged(
            f"the {role} metadata is not what its key signed ({error}); restore it from a copy"
        ) from error


def _describe(version: int, data: bytes) -> MetaFile:
    return MetaFile(version, length=len(data), hashes={"sha256": hashlib.sha256(data).hexdigest()})
