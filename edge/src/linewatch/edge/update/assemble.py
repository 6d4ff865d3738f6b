"""Puts a bundle together from what is on the device already and what the registry sends."""

import hashlib
import os
import shutil
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from linewatch.edge.errors import BundleBroken, DiskFull, FileNotTrusted, ResumeRefused
from linewatch.edge.update.durable import guarding_disk, sync_file, sync_tree
from linewatch.edge.update.store import BundleStore
from linewatch.edge.update.trust import TrustedRegistry
from linewatch.protos.bundle import MANIFEST_NAME, FileEntry, Manifest, read_bundle
from linewatch.protos.bundle.errors import BundleError

_CHUNK_BYTES = 1 << 20

Progress = Callable[[int, int], None]


class Assembly:
    """One bundle on its way into the store; downloads survive in `{state}/downloads` until it is there."""

    def __init__(self, registry: TrustedRegistry, store: BundleStore, state: Path, keep_free_bytes: int) -> None:
        """Fetch from `registry` into `store`, leaving `keep_free_bytes` of the disk free."""
        self._registry = registry
        self._store = store
        self._downloads = state / "downloads"
        self._keep_free = keep_free_bytes

    def fetch(self, manifest: Manifest, progress: Progress) -> dict[str, Path]:
        """Have every file of `manifest` on the device; gives a place for each SHA-256.

        Args:
            manifest: of the wanted bundle.
            progress: told the bytes fetched and the bytes to fetch.

        Raises:
            FileNotTrusted: the registry sent other bytes than it signed, or never signed this file.
            DiskFull, StateUnwritable: no room, or a disk that refuses.
            RegistryUnreachable, RegistryTooSlow: the registry did not send a file.
        """
        local = self._store.files()
        wanted = {entry.sha256: entry for entry in manifest.files}
        places = {
            sha256: local[sha256, entry.size_bytes]
            for sha256, entry in wanted.items()
            if (sha256, entry.size_bytes) in local and _whole(local[sha256, entry.size_bytes], entry)
        }
        missing = [entry for sha256, entry in wanted.items() if sha256 not in places]
        with guarding_disk(f"write {self._downloads}"):
            self._downloads.mkdir(parents=True, exist_ok=True)
            self._make_room(wanted.keys())
            self._check_room(manifest, missing)
            total, done = sum(entry.size_bytes for entry in missing), 0
            for entry in missing:
                places[entry.sha256] = self._download(entry, _shifted(progress, done, total))
                done += entry.size_bytes
        return places

    def build(self, manifest: Manifest, data: bytes, digest: str, places: dict[str, Path], progress: Progress) -> Path:
        """Copy the files into a staging folder, check all of it, and move it into the store.

        Args:
            manifest: of the bundle.
            data: its bytes, as the registry signed them.
            digest: their SHA-256.
            places: what `fetch` gave.
            progress: told after each file that the work goes on, for a slow disk is not a dead process.

        Raises:
            BundleBroken: together the files are not a bundle.
            DiskFull, StateUnwritable: no room, or a disk that refuses.
        """
        staging, total = self._store.staging(digest), sum(entry.size_bytes for entry in manifest.files)
        with guarding_disk(f"put {staging} together"):
            shutil.rmtree(staging, ignore_errors=True)
            staging.mkdir()
            (staging / MANIFEST_NAME).write_bytes(data)
            for entry in manifest.files:
                place = staging / entry.path
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(places[entry.sha256], place)
                sync_file(place)
                progress(total, total)
            sync_tree(staging)
        _check(staging, digest)
        folder = self._store.adopt(staging, digest)
        shutil.rmtree(self._downloads, ignore_errors=True)
        return folder

    def _make_room(self, wanted: Collection[str]) -> None:
        """Remove what earlier tries left of other bundles: it could take the room of this one for ever."""
        for path in self._downloads.iterdir():
            if path.name not in wanted:
                path.unlink()
        self._store.clear_staging()

    def _check_room(self, manifest: Manifest, missing: list[FileEntry]) -> None:
        to_fetch = sum(entry.size_bytes - self._fetched_bytes(entry) for entry in missing)
        need = sum(entry.size_bytes for entry in manifest.files) + to_fetch
        free = shutil.disk_usage(self._downloads.parent).free
        if free - need < self._keep_free:
            raise DiskFull(
                f"the bundle needs {need} more bytes and {self._keep_free} are to stay free, but the device has "
                f"{free}; free some space, or lower update.keep_free_bytes"
            )

    def _fetched_bytes(self, entry: FileEntry) -> int:
        """What an earlier try left of it."""
        place = self._downloads / entry.sha256
        return min(place.stat().st_size, entry.size_bytes) if place.is_file() else 0

    def _download(self, entry: FileEntry, progress: Callable[[int], None]) -> Path:
        if not self._registry.lists(entry.sha256, entry.size_bytes):
            raise FileNotTrusted(f"the registry never signed {entry.path} ({entry.sha256}); publish the bundle again")
        place = self._downloads / entry.sha256
        if not _whole(place, entry):
            self._try(place, entry, progress)
        if not _whole(place, entry):
            place.unlink()
            raise FileNotTrusted(
                f"{entry.path} is not what the registry signed (blob {entry.sha256}); it was changed on the way "
                "or on the server; publish the bundle again"
            )
        return place

    def _try(self, place: Path, entry: FileEntry, progress: Callable[[int], None]) -> None:
        if place.is_file() and 0 < place.stat().st_size < entry.size_bytes:
            with suppress(ResumeRefused):
                self._append(place, entry, progress)
                if _whole(place, entry):
                    return
        # Nothing to go on from, or what an earlier try left is damaged (a power cut): from the beginning.
        place.unlink(missing_ok=True)
        self._append(place, entry, progress)

    def _append(self, place: Path, entry: FileEntry, progress: Callable[[int], None]) -> None:
        with place.open("ab") as file:
            offset = file.tell()
            for chunk in self._registry.stream(f"blobs/{entry.sha256}", entry.sha256, offset):
                file.write(chunk)
                progress(file.tell())
                if file.tell() > entry.size_bytes:
                    break
            file.flush()
            os.fsync(file.fileno())


def _shifted(progress: Progress, before: int, total: int) -> Callable[[int], None]:
    return lambda size: progress(before + size, total)


def _whole(place: Path, entry: FileEntry) -> bool:
    digest = hashlib.sha256()
    try:
        if place.stat().st_size != entry.size_bytes:
            return False
        with place.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
    except OSError:
        return False
    return digest.hexdigest() == entry.sha256


def _check(staging: Path, digest: str) -> None:
    try:
        bundle = read_bundle(staging)
    except BundleError as error:
        raise BundleBroken(f"the bundle put together on this device is not whole: {error}") from error
    if bundle.digest != digest:
        raise BundleBroken(f"{staging} became the bundle {bundle.digest} instead of {digest}")
