"""What an operator does with the bundles of a device: look, install, return."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from linewatch.edge.errors import BundleBroken, ConfigurationError, RolledBack, SourceError
from linewatch.edge.infer.engine import Engine
from linewatch.edge.state_owner import check_owner
from linewatch.edge.update.last_run import end_run
from linewatch.edge.update.refusals import Refusals
from linewatch.edge.update.settings import UpdateSettings
from linewatch.edge.update.status import UpdateStatus
from linewatch.edge.update.store import BundleStore
from linewatch.edge.update.trial import Trials
from linewatch.edge.update.updater import Updater


@dataclass(frozen=True, kw_only=True)
class Installed:
    """One bundle on the device.

    Attributes:
        role: `current`, `previous` or empty.
        trouble: says that it is damaged; empty when it is whole.
        on_trial: it is new here, and the device returns from it if it does not do well.
        refused: why the device does not serve it, or returned from it; empty when nothing speaks against it.
    """

    digest: str
    role: str
    name: str = ""
    site: str = ""
    release: int = 0
    size_bytes: int = 0
    trouble: str = ""
    on_trial: bool = False
    refused: str = ""


def installed_bundles(state: Path) -> list[Installed]:
    """Every installed bundle, after a full check of each.

    Raises:
        StateUnwritable: the state folder cannot be used.
    """
    store = BundleStore(state)
    roles = {store.previous(): "previous", store.current(): "current"}
    found = [_look_at(store, digest, roles.get(digest, "")) for digest in store.installed()]
    trial, refusals = Trials(state).now(), Refusals(state).all()
    return [
        replace(
            one,
            on_trial=trial is not None and trial.digest == one.digest,
            refused=refusals[one.digest].text if one.digest in refusals else "",
        )
        for one in found
    ]


def install(updater: Updater, settings: UpdateSettings, place: str) -> UpdateStatus:
    """Take the newest release for this site out of a registry, with every check of an update.

    Args:
        updater: of the agent, where one runs; `beside_no_agent` makes another.
        settings: the table `[update]`, for the name of the bundle and the trusted root.
        place: address of a registry.

    Raises:
        ConfigurationError: no bundle is named.
    """
    if not settings.bundle:
        raise ConfigurationError("name the bundle that this device runs as `bundle` in [update]")
    return updater.install(settings.model_copy(update={"enabled": True, "registry": place}))


def roll_back(updater: Updater) -> UpdateStatus:
    """Return to the previous bundle; what is current is held back until a newer release.

    Raises:
        NoPreviousBundle, PreviousHeldBack: there is none, or it was itself returned from.
        BundleReplaced: an update came to its end meanwhile; look at what serves now.
    """
    updater.check_way_back()
    current = BundleStore(updater.state_folder).current() or ""
    why = RolledBack("the operator returned from it; install it again, or publish a newer release")
    return updater.go_back(why, current)


@contextmanager
def beside_no_agent(settings: UpdateSettings, site: str, state: Path, target: str) -> Iterator[Updater]:
    """An updater for a device on which no agent runs: what it installs serves from the next start on.

    Args:
        settings: the table `[update]`.
        site: this device's site.
        state: the device's state folder.
        target: of the bundle, for the golden check on this device.

    Raises:
        StateUnwritable: what this user installs, the agent could not tidy away.
    """
    check_owner(state)
    updater = Updater(settings, site, state, _Checked(target), serving=BundleStore(state).current() or "")
    try:
        yield updater
    finally:
        end_run(updater.trials)  # the trial goes on when an agent starts


def registry_address(place: str) -> str:
    """The address of a registry that is given as one, or as the folder that was carried here.

    Raises:
        SourceError: there is no such folder.
    """
    if place.startswith(("http://", "https://", "file:///")):
        return place
    folder = Path(place).absolute()
    if not (folder / "metadata").is_dir():
        raise SourceError(f"{place} is no registry: give the folder that holds metadata/ and targets/, or an address")
    return folder.as_uri()


class _Checked:
    """Stands where the agent does: the golden check alone, for nothing serves here."""

    def __init__(self, target: str) -> None:
        self._engine = Engine(target)

    def swap(self, folder: Path, _given_up: Callable[[], bool]) -> object:
        return self._engine.check(folder)

    def restore(self, folder: Path) -> object:
        return self._engine.check(folder)


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
