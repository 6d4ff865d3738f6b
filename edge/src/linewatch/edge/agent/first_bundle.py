"""Which bundle serves after a start."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from structlog.typing import FilteringBoundLogger

from linewatch.edge.config import EdgeSettings
from linewatch.edge.errors import ConfigurationError, EdgeError, NoPreviousBundle, Refused
from linewatch.edge.update.last_run import settle_last_run
from linewatch.edge.update.refusals import Refusals
from linewatch.edge.update.store import BundleStore
from linewatch.edge.update.trial import Stage, Trials
from linewatch.protos.bundle import MANIFEST_NAME, Bundle

if TYPE_CHECKING:
    from linewatch.edge.agent.agent import Agent


def find_bundle(settings: EdgeSettings) -> Path | None:
    """The bundle that would serve after a start.

    Raises:
        ConfigurationError: the configuration names a folder without a bundle.
    """
    if settings.inference.bundle is not None and not settings.update.enabled:
        return _configured(settings)
    installed = BundleStore(settings.device.state.absolute()).usable()
    return _configured(settings) if installed is None else installed.folder


def load_first_bundle(agent: "Agent", settings: EdgeSettings, log: FilteringBoundLogger) -> str:
    """Let `agent` serve the installed bundle, the one installed before it, or the one that the configuration names.

    Without updates the configured bundle comes first. With updates there may be no bundle yet: then none is loaded.
    A bundle that was new when the agent died, again and again, is undone before: what is given says so, for people.
    None is timed: `max_latency_ms` is for bundles that take over, and a device that starts is busy.

    Raises:
        ConfigurationError: no bundle is named and none will come; or a folder is named that holds none.
        Refused: the bundle was refused, and there is no other.
    """
    updates = settings.update.enabled
    if not updates and (configured := _configured(settings)) is not None:
        agent.restore(configured)
        return ""
    state = settings.device.state.absolute()
    trials = Trials(state)
    undone = settle_last_run(state, trials)
    if _load_installed(agent, settings, trials, log):
        return undone
    if (configured := _configured(settings)) is not None:
        agent.restore(configured)
    elif not updates:
        raise ConfigurationError(
            "there is no bundle to run: name one as `bundle` in [inference], or let [update] fetch one (enabled = true)"
        )
    return undone


def _configured(settings: EdgeSettings) -> Path | None:
    folder = settings.inference.bundle
    if folder is not None and not (folder / MANIFEST_NAME).is_file():
        what = "holds no bundle" if folder.is_dir() else "is not there"
        raise ConfigurationError(f"{folder}, which inference.bundle names, {what}; `linewatch compile -o` writes one")
    return folder


def _load_installed(agent: "Agent", settings: EdgeSettings, trials: Trials, log: FilteringBoundLogger) -> bool:
    state = settings.device.state.absolute()
    store = BundleStore(state)
    bundle = store.usable()
    if bundle is None or not _is_wanted(bundle, settings, log):
        return False
    try:
        trial = trials.now()
        if trial is not None and trial.digest == bundle.digest:
            trials.begin(bundle.digest, Stage.SERVING)
        agent.restore(bundle.folder)
        return True
    except Refused as error:
        log.error("installed bundle refused", bundle=bundle.digest, reason=str(error))
        return _load_previous(agent, state, bundle.digest, error, log)


def _load_previous(agent: "Agent", state: Path, refused: str, why: Refused, log: FilteringBoundLogger) -> bool:
    """The bundle before the current one, which is held back for a while: the registry still offers it."""
    store = BundleStore(state)
    previous = store.previous()
    try:
        if previous is None:
            raise NoPreviousBundle("only one is installed")
        agent.restore(store.open(previous).folder)
    except EdgeError as error:
        log.error("no earlier bundle to return to", reason=str(error))
        previous = None
    try:
        Refusals(state).record(refused, type(why).__name__, str(why), time.time())
        Trials(state).end()
        if previous is not None:
            store.switch(previous)
    except EdgeError as error:
        log.error("return to the earlier bundle not written down", reason=str(error))
    return previous is not None


def _is_wanted(bundle: Bundle, settings: EdgeSettings, log: FilteringBoundLogger) -> bool:
    """Whether it is the bundle that the configuration names now, for the site that it names."""
    if not settings.update.enabled:
        return True
    wanted = (settings.update.bundle, settings.device.site)
    found = (bundle.manifest.name, bundle.manifest.site or settings.device.site)
    if found == wanted:
        return True
    log.error(
        "installed bundle does not serve: the configuration names another one",
        installed=found[0],
        installed_site=found[1],
        wanted=wanted[0],
        wanted_site=wanted[1],
    )
    return False
