"""The bundles installed on the device, and which of them serves."""

import re
import shutil
from pathlib import Path

from linewatch.edge.errors import BundleBroken
from linewatch.edge.update.durable import guarding_disk, switch_link, sync_folder
from linewatch.protos.bundle import MANIFEST_NAME, Bundle, parse_manifest, read_bundle
from linewatch.protos.bundle.errors import BundleError

_DIGEST = re.compile(r"[0-9a-f]{64}")
_UNFINISHED = re.compile(r"\.[0-9a-f]{64}\.(partial|damaged)")


class BundleStore:
    """`{state}/bundles`: a folder for each bundle, named by its digest, and the links `current` and `previous`."""

    def __init__(self, state: Path) -> None:
        """Open the store below the device's state folder; makes it when it is not there.

        Raises:
            DiskFull, StateUnwritable: it cannot be made.
        """
        self._bundles = state / "bundles"
        with guarding_disk(f"make {self._bundles}"):
            self._bundles.mkdir(parents=True, exist_ok=True)
            sync_folder(state)

    def folder(self, digest: str) -> Path:
        """Where the bundle `digest` stands, or would stand."""
        return self._bundles / digest

    def staging(self, digest: str) -> Path:
        """Where the bundle `digest` is put together."""
        return self._bundles / f".{digest}.partial"

    def installed(self) -> list[str]:
        """Digests of the installed bundles, sorted."""
        return sorted(path.name for path in self._bundles.iterdir() if _DIGEST.fullmatch(path.name))

    def current(self) -> str | None:
        """Digest of the bundle that serves, as the disk has it."""
        return self._linked("current")

    def previous(self) -> str | None:
        """Digest of the bundle that served before."""
        return self._linked("previous")

    def open(self, digest: str) -> Bundle:
        """The bundle `digest`, after a full check.

        Raises:
            BundleBroken: a file of it is not what its manifest says, or it is another bundle.
        """
        try:
            bundle = read_bundle(self.folder(digest))
        except BundleError as error:
            raise BundleBroken(str(error)) from error
        except OSError as error:
            raise BundleBroken(f"cannot read {self.folder(digest)}: {error}") from error
        if bundle.digest != digest:
            raise BundleBroken(f"{self.folder(digest)} holds another bundle ({bundle.digest})")
        return bundle

    def usable(self) -> Bundle | None:
        """What to serve after a start: the current bundle, or the previous one where the current is damaged."""
        for digest in (self.current(), self.previous()):
            if digest is not None:
                try:
                    return self.open(digest)
                except BundleBroken:
                    continue
        return None

    def files(self) -> dict[tuple[str, int], Path]:
        """Files of the installed bundles by SHA-256 and size, as their manifests say; the bytes are not checked."""
        found: dict[tuple[str, int], Path] = {}
        for digest in self.installed():
            folder = self.folder(digest)
            try:
                manifest = parse_manifest((folder / MANIFEST_NAME).read_bytes())
            except (BundleError, OSError):
                continue
            found.update({(entry.sha256, entry.size_bytes): folder / entry.path for entry in manifest.files})
        return found

    def adopt(self, staged: Path, digest: str) -> Path:
        """Move the whole and synced folder `staged` into the store as the bundle `digest`.

        Raises:
            DiskFull, StateUnwritable: the disk refused.
        """
        place = self.folder(digest)
        damaged = self._bundles / f".{digest}.damaged"
        with guarding_disk(f"install {place}"):
            shutil.rmtree(damaged, ignore_errors=True)
            if place.exists():
                place.rename(damaged)
            staged.rename(place)
            sync_folder(self._bundles)
            shutil.rmtree(damaged, ignore_errors=True)
        return place

    def switch(self, digest: str) -> None:
        """Make the installed bundle `digest` the current one; what was current becomes the previous one.

        Raises:
            DiskFull, StateUnwritable: the disk refused; what was current still is.
        """
        before = self.current()
        with guarding_disk(f"switch to the bundle {digest}"):
            if before is not None and before != digest:
                switch_link(self._bundles / "previous", before)
            switch_link(self._bundles / "current", digest)

    def collect(self) -> list[str]:
        """Remove all but the current and the previous bundle, broken installs included; gives the names."""
        kept = {"current", "previous", self.current(), self.previous()}
        with guarding_disk(f"tidy {self._bundles}"):
            removed = sorted(path.name for path in self._bundles.iterdir() if path.name not in kept)
            for name in removed:
                _remove(self._bundles / name)
        return removed

    def clear_staging(self) -> None:
        """Remove what unfinished installs left.

        Raises:
            DiskFull, StateUnwritable: the disk refused.
        """
        with guarding_disk(f"tidy {self._bundles}"):
            for path in self._bundles.iterdir():
                if _UNFINISHED.fullmatch(path.name):
                    _remove(path)

    def discard(self, digest: str) -> None:
        """Remove the bundle `digest`, unless it is the current or the previous one."""
        if digest not in {self.current(), self.previous()}:
            shutil.rmtree(self.folder(digest), ignore_errors=True)

    def _linked(self, name: str) -> str | None:
        link = self._bundles / name
        if not link.is_symlink():
            return None
        target = link.readlink().name
        return target if _DIGEST.fullmatch(target) else None


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
