"""The registry as seen through The Update Framework: only what its keys signed, only what is new enough."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
)
from tuf.api.metadata import TargetFile
from tuf.ngclient import Updater

from linewatch.edge.errors import (
    ManifestNotTrusted,
    MetadataExpired,
    MetadataNotTrusted,
    MetadataRolledBack,
    RegistryUnreachable,
    TrustedRootError,
    UnknownBundle,
)
from linewatch.edge.update.durable import guarding_disk, sync_tree
from linewatch.edge.update.fetcher import PacedFetcher
from linewatch.edge.update.folder_fetcher import FolderFetcher

Fetcher: TypeAlias = PacedFetcher | FolderFetcher


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """The newest release that the registry signed for a site: where its manifest is and what its digest must be."""

    path: str
    digest: str
    size_bytes: int


class TrustedRegistry:
    """A client of one registry, for one check: python-tuf refreshes once in a lifetime."""

    def __init__(self, registry: str, trusted_root: Path, cache: Path, fetcher: Fetcher) -> None:
        """Start from the device's trusted root; `cache` remembers what was seen, against rollbacks.

        Raises:
            TrustedRootError: the trusted root is missing or damaged.
            StateUnwritable, DiskFull: the cache cannot be written.
        """
        self._base = registry.rstrip("/")
        self._cache = cache
        self._fetcher = fetcher
        with guarding_disk(f"write the metadata cache {cache}"):
            cache.mkdir(parents=True, exist_ok=True)
            self._updater = _updater(f"{self._base}/metadata", _read_root(trusted_root), cache, fetcher)

    def refresh(self) -> None:
        """Fetch and check the registry's metadata; the cache is on the disk when this returns.

        Raises:
            MetadataNotTrusted, MetadataExpired, MetadataRolledBack: the registry must not be followed.
            RegistryUnreachable, RegistryTooSlow: it did not answer, or not fast enough.
            StateUnwritable, DiskFull: the cache cannot be written.
        """
        with guarding_disk(f"write the metadata cache {self._cache}"):
            try:
                with self._judging():
                    self._updater.refresh()
            finally:
                sync_tree(self._cache)

    def offer(self, site: str, name: str) -> Offer:
        """The newest release of the bundle `name` for `site`.

        Raises:
            UnknownBundle: there is none.
        """
        path = f"releases/{site}/{name}.json"
        target = self._updater.get_targetinfo(path)
        if target is None:
            raise UnknownBundle(
                f"the registry has no bundle {name!r} for the site {site!r}; publish it "
                "(`linewatch publish`), or correct update.bundle and the site of this device"
            )
        return Offer(path=path, digest=_sha256(target), size_bytes=target.length)

    def manifest(self, offer: Offer) -> bytes:
        """The manifest's bytes, as the registry signed them.

        Raises:
            ManifestNotTrusted: the registry sent other bytes.
            RegistryUnreachable, RegistryTooSlow: it did not send them.
        """
        data = bytearray()
        for chunk in self.stream(offer.path, offer.digest):
            data += chunk
            if len(data) > offer.size_bytes:
                break
        target = TargetFile(offer.size_bytes, {"sha256": offer.digest}, offer.path)
        try:
            target.verify_length_and_hashes(bytes(data))
        except LengthOrHashMismatchError as error:
            raise ManifestNotTrusted(
                f"the manifest {offer.path} is not what the registry signed; it was changed on the way "
                "or on the server; publish the bundle again"
            ) from error
        return bytes(data)

    def lists(self, sha256: str, size_bytes: int) -> bool:
        """Whether the registry signed a blob of this hash and size."""
        target = self._updater.get_targetinfo(f"blobs/{sha256}")
        return target is not None and (_sha256(target), target.length) == (sha256, size_bytes)

    def stream(self, path: str, sha256: str, offset: int = 0) -> Iterator[bytes]:
        """Yield a target file's bytes from `offset` on, unchecked.

        Raises:
            RegistryUnreachable, RegistryTooSlow: it did not send them.
        """
        folder, _, name = path.rpartition("/")
        url = f"{self._base}/targets/{folder}/{sha256}.{name}"
        try:
            yield from self._fetcher.stream(url, offset)
        except DownloadHTTPError as error:
            raise RegistryUnreachable(f"the registry does not send a file that it lists: {error}") from error

    @contextmanager
    def _judging(self) -> Iterator[None]:
        try:
            yield
        except ExpiredMetadataError as error:
            raise MetadataExpired(
                f"the registry's signatures have run out ({error}); start `linewatch cloud up` or run "
                "`linewatch cloud renew`, and check the clock of this device"
            ) from error
        except BadVersionNumberError as error:
            raise MetadataRolledBack(
                f"the registry shows an older state than this device has seen ({self._culprit()}: {error}); "
                "it was set back, or someone replays old files"
            ) from error
        except (RepositoryError, DownloadLengthMismatchError) as error:
            raise MetadataNotTrusted(
                f"{self._culprit()} is not what the registry's keys signed ({error}); it was changed on the way or on "
                "the server, or this device's trusted root is that of another registry"
            ) from error
        except DownloadError as error:
            raise RegistryUnreachable(f"the registry does not send its metadata: {error}") from error

    def _culprit(self) -> str:
        return self._fetcher.last_url.rpartition("/")[2] or "the metadata cache"


def _updater(metadata: str, root: bytes, cache: Path, fetcher: Fetcher) -> Updater:
    try:
        return Updater(str(cache), metadata, fetcher=fetcher, bootstrap=root)
    except RepositoryError as error:
        raise TrustedRootError(
            f"the device's trusted root is damaged ({error}); bring root.json from the registry again"
        ) from error


def _read_root(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TrustedRootError(
            f"cannot read the trusted root {path} ({error.strerror}); copy registry/metadata/root.json "
            "of the cloud there, by a way that you trust"
        ) from error


def _sha256(target: TargetFile) -> str:
    hashes: Mapping[str, str] = target.hashes
    return hashes.get("sha256", "")
