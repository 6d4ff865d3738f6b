"""Bundles on disk: read with every check, written atomically."""

import dataclasses
import errno
import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from linewatch.protos.bundle.canonical import manifest_bytes, manifest_digest, manifest_from_bytes
from linewatch.protos.bundle.check import CLASSES_PATH, MANIFEST_NAME, MAX_MANIFEST_BYTES, check_manifest, check_path
from linewatch.protos.bundle.class_file import parse_bank
from linewatch.protos.bundle.classes import ClassBank
from linewatch.protos.bundle.errors import (
    BundleError,
    BundleExistsError,
    BundleMissingError,
    BundleWriteError,
    HashError,
    LinkError,
    ManifestError,
    MissingFileError,
    SizeError,
    UnlistedFileError,
)
from linewatch.protos.bundle.manifest import FileEntry, Manifest, Target
from linewatch.protos.staging import is_here, staged, sync_folder

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Bundle:
    """A bundle whose every file was found as its manifest says."""

    folder: Path
    manifest: Manifest

    @property
    def digest(self) -> str:
        """SHA-256 (hexadecimal) of the canonical manifest: the bundle's identity."""
        return manifest_digest(self.manifest)

    def target(self, name: str) -> Target:
        """The target called `name`.

        Raises:
            BundleError: the bundle was not compiled for it.
        """
        for target in self.manifest.targets:
            if target.name == name:
                return target
        made_for = ", ".join(target.name for target in self.manifest.targets)
        raise BundleError(f"{self.folder} was not compiled for {name}, only for {made_for}")

    def path(self, relative: str) -> Path:
        """Where the listed file `relative` stands."""
        return self.folder / self._entry(relative).path

    def read(self, relative: str) -> bytes:
        """The bytes of the listed file `relative`, checked again while they are read.

        Raises:
            BundleError: the file is not listed, is gone, or was changed since the bundle was opened.
        """
        entry = self._entry(relative)
        return b"".join(_chunks(self.folder / relative, entry))

    def classes(self) -> ClassBank | None:
        """The kinds of defects that it can name; None if it can name none.

        Raises:
            BundleError: the file was changed since the bundle was opened.
        """
        if not self.manifest.defect_classes:
            return None
        return parse_bank(self.read(CLASSES_PATH), self.manifest)

    def _entry(self, relative: str) -> FileEntry:
        for entry in self.manifest.files:
            if entry.path == relative:
                return entry
        raise UnlistedFileError(f"{self.folder}: the manifest does not list {relative!r}")


def parse_manifest(data: bytes) -> Manifest:
    """Read and check a manifest: everything that can be said without the files.

    Raises:
        BundleError: see `check.check_manifest` and `canonical.manifest_from_bytes`.
    """
    if len(data) > MAX_MANIFEST_BYTES:
        raise ManifestError(f"the manifest has {len(data)} bytes, more than {MAX_MANIFEST_BYTES}")
    manifest = manifest_from_bytes(data)
    check_manifest(manifest)
    return manifest


def read_bundle(folder: Path) -> Bundle:
    """Open the bundle in `folder` after checking all of it: manifest, links, listing, sizes, hashes.

    Raises:
        BundleError: the first fault found; its class says which kind, its text what to do.
    """
    if folder.is_symlink() or not folder.is_dir():
        raise BundleMissingError(f"{folder} is not a folder; give the folder that `linewatch compile -o` wrote")
    try:
        return _read(folder)
    except OSError as error:
        raise BundleMissingError(f"{folder} cannot be read: {error}") from error


def _read(folder: Path) -> Bundle:
    found = dict(_plain_files(folder, ""))
    if MANIFEST_NAME not in found:
        raise BundleMissingError(f"{folder} has no {MANIFEST_NAME}; give the folder that `linewatch compile -o` wrote")
    if found[MANIFEST_NAME] > MAX_MANIFEST_BYTES:
        raise ManifestError(f"the manifest has {found[MANIFEST_NAME]} bytes, more than {MAX_MANIFEST_BYTES}")
    manifest = parse_manifest((folder / MANIFEST_NAME).read_bytes())
    _check_listing(folder, manifest, set(found) - {MANIFEST_NAME})
    for entry in manifest.files:
        for _ in _chunks(folder / entry.path, entry):
            pass
    bundle = Bundle(folder=folder, manifest=manifest)
    bundle.classes()
    return bundle


def write_bundle(folder: Path, manifest: Manifest, files: Mapping[str, bytes], *, replace: bool = False) -> Bundle:
    """Write a bundle: all of it or nothing, on the disk when this returns.

    Args:
        folder: where it goes. With `replace`, a bundle that stands there is exchanged.
        manifest: `files` of it is filled in here.
        files: contents by path below the folder.
        replace: allow a bundle to stand at `folder` already.

    Raises:
        BundleExistsError: something stands at `folder` (that is not a bundle, if `replace`).
        BundleWriteError: the disk refused.
        BundleError: the manifest breaks a rule.
    """
    for path in files:
        check_path(path)
    entries = (
        FileEntry(path=path, size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
        for path, data in sorted(files.items())
    )
    manifest = dataclasses.replace(manifest, files=tuple(entries))
    check_manifest(manifest)
    if manifest.defect_classes:
        parse_bank(files[CLASSES_PATH], manifest)
    check_place(folder, replace=replace)
    try:
        with staged(folder) as staging:
            _write_files(staging, {**files, MANIFEST_NAME: manifest_bytes(manifest)})
    except OSError as error:
        raise BundleWriteError(f"cannot write the bundle {folder}: {_say(error)}") from error
    return Bundle(folder=folder, manifest=manifest)


def _plain_files(folder: Path, prefix: str) -> Iterator[tuple[str, int]]:
    """Every file below `folder` with its size; refuses everything that is not a plain file or folder."""
    with os.scandir(folder) as entries:
        for entry in entries:
            name = prefix + entry.name
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                yield from _plain_files(folder / entry.name, name + "/")
            elif not stat.S_ISREG(status.st_mode):
                raise LinkError(f"{folder / entry.name} is a link or a special file; a bundle has plain files only")
            elif status.st_nlink != 1:
                raise LinkError(f"{folder / entry.name} has {status.st_nlink} hard links; a bundle's files have one")
            else:
                yield name, status.st_size


def _check_listing(folder: Path, manifest: Manifest, found: set[str]) -> None:
    listed = {entry.path for entry in manifest.files}
    if missing := sorted(listed - found):
        raise MissingFileError(f"{folder} lacks {missing[0]}, which its manifest lists; copy the bundle again")
    if extra := sorted(found - listed):
        raise UnlistedFileError(f"{folder} has {extra[0]}, which its manifest does not list; remove it")


def _chunks(path: Path, entry: FileEntry) -> Iterator[bytes]:
    """Yield the file's bytes; raises at the end when they were not those of the manifest."""
    digest, size = hashlib.sha256(), 0
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        kind = LinkError if error.errno == errno.ELOOP else MissingFileError
        raise kind(f"cannot open {path}: {_say(error)}") from error
    with os.fdopen(descriptor, "rb") as file:
        actual = os.fstat(file.fileno()).st_size
        if actual != entry.size_bytes:
            raise SizeError(f"{path} has {actual} bytes, its manifest says {entry.size_bytes}; copy it again")
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
            yield chunk
    if size != entry.size_bytes or digest.hexdigest() != entry.sha256:
        raise HashError(f"{path} has other contents than its manifest says (SHA-256 differs); copy it again")


def check_place(folder: Path, *, replace: bool) -> None:
    """Whether a bundle may be written to `folder`.

    Raises:
        BundleExistsError: something stands there (that is not a bundle, if `replace`), or it is the working folder.
    """
    if is_here(folder):
        raise BundleExistsError(f"{folder} is the folder you work in, and cannot be exchanged: work in another one")
    if not os.path.lexists(folder):
        return
    if not replace:
        raise BundleExistsError(f"{folder} exists; remove it, choose another name, or replace it (--replace)")
    if folder.is_symlink() or not (folder / MANIFEST_NAME).is_file():
        raise BundleExistsError(f"{folder} exists and is not a bundle; choose another name")


def _write_files(staging: Path, files: Mapping[str, bytes]) -> None:
    folders = {staging}
    for path, data in files.items():
        place = staging / path
        place.parent.mkdir(parents=True, exist_ok=True)
        folders.update(parent for parent in place.parents if parent.is_relative_to(staging))
        with place.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    for folder in sorted(folders, reverse=True):
        sync_folder(folder)


def _say(error: OSError) -> str:
    return error.strerror or str(error)
