"""Which bundle serves after a start."""

from structlog.typing import FilteringBoundLogger

from linewatch.edge.agent.agent import Agent
from linewatch.edge.config import EdgeSettings
from linewatch.edge.errors import ConfigurationError, EdgeError, Refused
from linewatch.edge.update.store import BundleStore
from linewatch.protos.bundle import Bundle


def load_first_bundle(agent: Agent, settings: EdgeSettings, log: FilteringBoundLogger) -> None:
    """Let `agent` serve the installed bundle, the one installed before it, or the one that the configuration names.

    Without updates the configured bundle comes first. With updates there may be no bundle yet: then none is loaded.

    Raises:
        ConfigurationError: no bundle is named and none will come.
        Refused: the bundle was refused, and there is no other.
    """
    configured, updates = settings.inference.bundle, settings.update.enabled
    if configured is not None and not updates:
        agent.swap(configured)
        return
    if _load_installed(agent, settings, log):
        return
    if configured is not None:
        agent.swap(configured)
    elif not updates:
        raise ConfigurationError(
            "there is no bundle to run: name one as `bundle` in [inference], or let [update] fetch one (enabled = true)"
        )


def _load_installed(agent: Agent, settings: EdgeSettings, log: FilteringBoundLogger) -> bool:
    store = BundleStore(settings.device.state.absolute())
    bundle = store.usable()
    if bundle is None or not _is_wanted(bundle, settings, log):
        return False
    try:
        agent.swap(bundle.folder)
        return True
    except Refused as error:
        log.error("installed bundle refused", bundle=bundle.digest, reason=str(error))
    try:
        agent.swap(store.switch_back().folder)
        return True
    except EdgeError as error:
        log.error("no earlier bundle to return to", reason=str(error))
        return False


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
