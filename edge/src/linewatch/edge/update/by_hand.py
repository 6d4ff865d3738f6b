"""What an operator does with the bundles of a device, beside the agent: look, install, return."""

import time
from dataclasses import dataclass
from pathlib import Path

from linewatch.edge.errors import BundleBroken, ConfigurationError, RolledBack, SourceError
from linewatch.edge.infer.engine import Engine
from linewatch.edge.update.refusals import Refusals
from linewatch.edge.update.settings import UpdateSettings
from linewatch.edge.update.store import BundleStore
from linewatch.edge.update.updater import Updater, UpdateStatus
from linewatch.protos.bundle import Bundle

_ROLLED_BACK = "the operator returned from it; install it again, or publish a newer release"


@dataclass(frozen=True, kw_only=True)
class Installed:
    """One bundle on the device. `role` is `current`, `previous` or empty; `trouble` says that it is damaged."""

    digest: str
    role: str
    name: str = ""
    site: str = ""
    release: int = 0
    size_bytes: int = 0
    trouble: str = ""


def installed_bundles(state: Path) -> list[Installed]:
    """Every installed bundle, after a full check of each.

    Raises:
        StateUnwritable: the state folder cannot be used.
    """
    store = BundleStore(state)
    roles = {store.previous(): "previous", store.current(): "current"}
    return [_look_at(store, digest, roles.get(digest, "")) for digest in store.installed()]


def install(place: str, settings: UpdateSettings, site: str, state: Path, target: str) -> UpdateStatus:
    """Take the newest release for this site out of a registry, with every check of an update.

    It serves from the next start on.

    Args:
        place: address of a registry, or the folder of one that was carried here.
        settings: the table `[update]`, for the name of the bundle and the trusted root.
        site: this device's site.
        state: the device's state folder.
        target: of the bundle, for the golden check on this device.

    Raises:
        SourceError: there is no such folder.
        ConfigurationError: no bundle is named.
    """
    if not settings.bundle:
        raise ConfigurationError("name the bundle that this device runs as `bundle` in [update]")
    chosen = settings.model_copy(update={"enabled": True, "registry": _address(place)})
    refusals = Refusals(state)
    for digest, refusal in refusals.all().items():
        if refusal.kind == RolledBack.__name__:
            refusals.forget(digest)
    serving = BundleStore(state).current() or ""
    return Updater(chosen, site, state, _Checked(target), serving=serving).check()


def roll_back(state: Path) -> Bundle:
    """Return to the previous bundle from the next start on; what is current is held back until a newer release.

    Raises:
        StateUnwritable: there is no previous bundle, or the disk refused.
        BundleBroken: it is damaged.
    """
    store = BundleStore(state)
    current = store.current()
    bundle = store.switch_back()
    if current is not None:
        Refusals(state).record(current, RolledBack.__name__, _ROLLED_BACK, time.time())
    return bundle


class _Checked:
    """Stands where the agent's engine does: the golden check alone, for nothing serves here."""

    def __init__(self, target: str) -> None:
        self._engine = Engine(target)

    def swap(self, folder: Path) -> object:
        return self._engine.check(folder)


def _address(place: str) -> str:
    if place.startswith(("http://", "https://", "file:///")):
        return place
    folder = Path(place).absolute()
    if not (folder / "metadata").is_dir():
        raise SourceError(f"{place} is no registry: give the folder that holds metadata/ and targets/, or an address")
    return folder.as_uri()


def _look_at(store: BundleStore, digest: str, role: str) -> Installed:
    try:
        bundle = store.open(digest)
    except BundleBroken as error:
        return Installed(digest=digest, role=role, trouble=str(error))
    manifest = bundle.manifest
    return Installed(
        digest=digest,
        role=role,
        name=manifest.name,
        site=manifest.site,
        release=manifest.release,
        size_bytes=sum(entry.size_bytes for entry in manifest.files),
    )
