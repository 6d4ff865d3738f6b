"""The registry on disk: a repository of The Update Framework, written so that devices always find a whole one.

Metadata follows the TUF specification 1.0 with consistent snapshots: every version has its own file, and only
`timestamp.json`, written last and exchanged in one step, makes a new state visible.
"""

import fcntl
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Signed, Snapshot, TargetFile, Targets, Timestamp

from linewatch.cloud.errors import RegistryDamaged, RegistryMissing, RegistryUnwritable
from linewatch.cloud.registry import signing
from linewatch.cloud.registry.durable import make_folders, write_whole
from linewatch.cloud.registry.keys import ROLES, load_signer
from linewatch.cloud.registry.settings import RegistrySettings
from linewatch.cloud.registry.signing import TARGETS_JSON, SignedT


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class Repository:
    """Reads, extends and signs the registry. Whoever changes it holds `locked`."""

    def __init__(self, settings: RegistrySettings, now: Callable[[], datetime] = utc_now) -> None:
        """Open the registry of `settings`; `now` is the clock that signatures are dated by.

        Raises:
            RegistryMissing: `linewatch cloud init` has not been run here.
        """
        self._settings = settings
        self._now = now
        if not (settings.metadata / "timestamp.json").is_file():
            raise RegistryMissing(f"there is no registry at {settings.folder}; run `linewatch cloud init` first")

    @classmethod
    def create(
        cls,
        settings: RegistrySettings,
        signers: Mapping[str, CryptoSigner],
        now: Callable[[], datetime] = utc_now,
    ) -> "Repository":
        """Make an empty registry signed by `signers` (by role)."""
        make_folders(settings.metadata)
        make_folders(settings.targets)
        signing.write_root(settings, signing.first_root(signers), signers["root"], now())
        described = signing.write_targets(settings, Targets(), signers["targets"], now())
        snapshot = Snapshot(meta={TARGETS_JSON: described})
        timestamp = Timestamp(snapshot_meta=signing.write_snapshot(settings, snapshot, signers["snapshot"], now()))
        signing.write_timestamp(settings, timestamp, signers["timestamp"], now())
        return cls(settings, now)

    @property
    def settings(self) -> RegistrySettings:
        """Where it is and for how long it signs."""
        return self._settings

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other writers (another `publish`, `cloud up`) out; waits for them.

        Raises:
            RegistryUnwritable: the registry's folder cannot be written.
        """
        path = self._settings.folder / ".lock"
        try:
            file = path.open("ab")
        except OSError as error:
            raise RegistryUnwritable(f"cannot write {path} ({error.strerror}); mend the permissions") from error
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def root(self) -> Root:
        """The newest root, checked against its own keys.

        Raises:
            RegistryDamaged: it is not what its keys signed.
            RegistryMissing: there is none.
        """
        numbers = [path.name.removesuffix(".root.json") for path in self._settings.metadata.glob("*.root.json")]
        versions = [int(number) for number in numbers if number.isdecimal()]
        metadata = self._read(f"{max(versions, default=1)}.root.json", Root)
        signing.verify(metadata, metadata.signed, "root")
        return metadata.signed

    def timestamp(self) -> Timestamp:
        """The current timestamp. Raises as `root` does, here and below."""
        return self._trusted("timestamp.json", Timestamp)

    def snapshot(self) -> Snapshot:
        """The current snapshot."""
        return self._trusted(f"{self.timestamp().snapshot_meta.version}.snapshot.json", Snapshot)

    def targets(self) -> Targets:
        """What is published now."""
        version = self.snapshot().meta[TARGETS_JSON].version
        return self._trusted(f"{version}.targets.json", Targets)

    def expiries(self) -> dict[str, datetime]:
        """When the signature of each role runs out."""
        current = (self.root(), self.targets(), self.snapshot(), self.timestamp())
        return {signed.type: signed.expires for signed in current}

    def store(self, path: str, data: bytes, custom: Mapping[str, object] | None = None) -> TargetFile:
        """Write the target file `path`; devices see it after `commit`. A file that is there and whole stays.

        Args:
            path: of the target, with `/` between its parts.
            data: its bytes.
            custom: what the signed entry says besides size and hash.
        """
        digest = hashlib.sha256(data).hexdigest()
        folder, _, name = path.rpartition("/")
        place = self._settings.targets / folder / f"{digest}.{name}"
        if not place.is_file() or place.read_bytes() != data:
            make_folders(place.parent)
            write_whole(place, data)
        return TargetFile(len(data), {"sha256": digest}, path, {"custom": dict(custom)} if custom else None)

    def commit(self, files: list[TargetFile]) -> None:
        """Publish `files` beside, or in place of, what is published: all at once.

        Raises:
            KeyUnusable: a key of targets, snapshot or timestamp cannot be used; nothing was published.
        """
        signers = self._signers("targets", "snapshot", "timestamp")
        targets, snapshot, timestamp = self.targets(), self.snapshot(), self.timestamp()
        targets.targets.update({file.path: file for file in files})
        _advance(targets, snapshot, timestamp)
        now = self._now()
        snapshot.meta[TARGETS_JSON] = signing.write_targets(self._settings, targets, signers["targets"], now)
        timestamp.snapshot_meta = signing.write_snapshot(self._settings, snapshot, signers["snapshot"], now)
        signing.write_timestamp(self._settings, timestamp, signers["timestamp"], now)

    def refresh(self) -> bool:
        """Sign timestamp (and snapshot) again where less than half of their life is left; says whether it did.

        Raises:
            KeyUnusable: an online key cannot be used.
        """
        timestamp, snapshot = self.timestamp(), self.snapshot()
        stale_snapshot = self._stale(snapshot, self._settings.snapshot_days)
        if not stale_snapshot and not self._stale(timestamp, self._settings.timestamp_days):
            return False
        signers = self._signers(*(["snapshot"] if stale_snapshot else []), "timestamp")
        now = self._now()
        if stale_snapshot:
            _advance(snapshot)
            timestamp.snapshot_meta = signing.write_snapshot(self._settings, snapshot, signers["snapshot"], now)
        _advance(timestamp)
        signing.write_timestamp(self._settings, timestamp, signers["timestamp"], now)
        return True

    def renew(self) -> None:
        """Sign root and everything else for another full life.

        Raises:
            KeyUnusable: one of the keys, the offline ones included, cannot be used.
        """
        signers = self._signers(*ROLES)
        root = self.root()
        _advance(root)
        signing.write_root(self._settings, root, signers["root"], self._now())
        self.commit([])

    def _stale(self, signed: Signed, life_days: float) -> bool:
        return signed.expires - self._now() < timedelta(days=life_days) / 2

    def _signers(self, *roles: str) -> dict[str, CryptoSigner]:
        root, keys = self.root(), self._settings.keys
        trusted = {role: [root.keys[keyid] for keyid in root.roles[role].keyids] for role in roles}
        return {role: load_signer(keys, role, trusted[role]) for role in roles}

    def _trusted(self, name: str, kind: type[SignedT]) -> SignedT:
        metadata = self._read(name, kind)
        signing.verify(metadata, self.root(), kind.type)
        return metadata.signed

    def _read(self, name: str, kind: type[SignedT]) -> Metadata[SignedT]:
        path = self._settings.metadata / name
        try:
            metadata = Metadata[SignedT].from_bytes(path.read_bytes())
        except OSError as error:
            raise RegistryMissing(f"cannot read {path} ({error.strerror}); restore it from a copy") from error
        except RepositoryError as error:
            raise RegistryDamaged(f"{path} cannot be read: {error}; restore it from a copy") from error
        if not isinstance(metadata.signed, kind):
            raise RegistryDamaged(f"{path} is not {kind.type} metadata; restore it from a copy")
        return metadata


def _advance(*roles: Signed) -> None:
    for signed in roles:
        signed.version += 1
