"""Publishing: from a compiled bundle to a signed release for a site."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from linewatch.cloud.errors import BundleUnusable, WrongUse
from linewatch.cloud.registry.repository import Repository
from linewatch.protos.bundle import Bundle, Manifest, check_manifest, manifest_bytes, manifest_digest, read_bundle
from linewatch.protos.bundle.errors import BundleError, BundleMissingError, ManifestValueError


@dataclass(frozen=True, kw_only=True)
class Release:
    """What was published: `digest` is that of the stamped manifest, and what devices will report.

    `blobs_new` files of `bytes_new` bytes were not in the registry before.
    """

    site: str
    name: str
    release: int
    digest: str
    blobs_new: int
    bytes_new: int


def release_path(site: str, name: str) -> str:
    """Target path of the newest release of the bundle `name` for `site`."""
    return f"releases/{site}/{name}.json"


def blob_path(sha256: str) -> str:
    """Target path of a file of a bundle."""
    return f"blobs/{sha256}"


def publish(folder: Path, site: str, repository: Repository) -> Release:
    """Check the bundle in `folder`, stamp site and the next release counter into its manifest, sign and publish.

    The folder itself is not changed.

    Raises:
        WrongUse: there is no bundle there, or `site` is not a name.
        BundleUnusable: the bundle breaks a rule or its files are not those of its manifest.
        CloudError: the registry or its keys cannot be used; see `Repository`.
    """
    try:
        bundle = read_bundle(folder)
        with repository.locked():
            return _publish(bundle, site, repository)
    except BundleMissingError as error:
        raise WrongUse(str(error)) from error
    except BundleError as error:
        raise BundleUnusable(f"{error}; nothing was published") from error


def _publish(bundle: Bundle, site: str, repository: Repository) -> Release:
    targets = repository.targets().targets
    latest = targets.get(release_path(site, bundle.manifest.name))
    number = int(latest.custom["release"]) + 1 if latest else 1
    manifest = _stamp(bundle.manifest, site, number)
    digest = manifest_digest(manifest)
    new = {entry.sha256: entry for entry in manifest.files if blob_path(entry.sha256) not in targets}
    blobs = [repository.store(blob_path(entry.sha256), bundle.read(entry.path)) for entry in manifest.files]
    released = repository.store(
        release_path(site, manifest.name), manifest_bytes(manifest), {"release": number, "digest": digest}
    )
    repository.commit([*blobs, released])
    return Release(
        site=site,
        name=manifest.name,
        release=number,
        digest=digest,
        blobs_new=len(new),
        bytes_new=sum(entry.size_bytes for entry in new.values()),
    )


def _stamp(manifest: Manifest, site: str, number: int) -> Manifest:
    if not site:
        raise WrongUse("a release is for a site; name it with --site, or in cloud.toml")
    stamped = dataclasses.replace(manifest, site=site, release=number)
    try:
        check_manifest(stamped)
    except ManifestValueError as error:
        raise WrongUse(f"cannot publish for site {site!r}: {error}") from error
    return stamped
