"""Which bundle serves after a start."""

from structlog.typing import FilteringBoundLogger

from linewatch.edge.agent.agent import Agent
from linewatch.edge.config import EdgeSettings
from linewatch.edge.errors import ConfigurationError, EdgeError, Refused
from linewatch.edge.update.store import BundleStore


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
    if bundle is None:
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
