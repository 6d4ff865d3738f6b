"""Everything about the agent's bundles while it runs: updates, their trial, and what operators ask for."""

import threading
from collections.abc import Mapping

from structlog.typing import FilteringBoundLogger

from linewatch.edge.agent.agent import Agent
from linewatch.edge.agent.guard import Guard
from linewatch.edge.config import EdgeSettings
from linewatch.edge.decide.event import THE_DEVICE
from linewatch.edge.decide.health import CameraHealth
from linewatch.edge.errors import EdgeError
from linewatch.edge.update.by_hand import install, roll_back
from linewatch.edge.update.control import ControlServer, Deed
from linewatch.edge.update.last_run import end_run
from linewatch.edge.update.loop import UpdateLoop
from linewatch.edge.update.machine import State
from linewatch.edge.update.status import UpdateStatus
from linewatch.edge.update.updater import Updater


class Bundles:
    """Looks for newer bundles if it may, guards the one that serves, and listens to operators."""

    def __init__(
        self,
        agent: Agent,
        settings: EdgeSettings,
        log: FilteringBoundLogger,
        *,
        undone: str = "",
        deeds: Mapping[str, Deed] | None = None,
    ) -> None:
        """Prepare; `undone` says, for people, which bundle was undone before this start.

        `deeds` are what operators may ask for, beside what is about bundles.
        """
        self._deeds = deeds or {}
        self._settings = settings
        self._log = log
        self._agent = agent
        self._undone = undone
        serving, device = agent.engine.serving, settings.device
        digest = serving.digest if serving else ""
        self._updater = Updater(settings.update, device.site, device.state, agent, serving=digest)
        enabled, interval = settings.update.enabled, settings.update.check_interval_seconds
        self._loop = UpdateLoop(self._updater, interval) if enabled else None
        self._guard = Guard(agent, self._updater, settings.update, self._tell, log)
        self._control: ControlServer | None = None
        self._health = CameraHealth(THE_DEVICE, agent.tell)
        self._returned_to = ""
        self._telling = threading.Lock()

    @property
    def status(self) -> UpdateStatus:
        """Where the update is."""
        return self._updater.status

    @property
    def update(self) -> UpdateStatus | None:
        """The same; None where updates are off, and nothing was installed or returned from."""
        status = self.status
        return None if self._loop is None and status.state is State.IDLE else status

    @property
    def standing(self) -> str:
        """What is wrong with the bundle that serves and cannot be mended here, for people; empty where nothing is."""
        return self._guard.standing

    def start(self) -> None:
        """Begin. An agent that cannot listen to operators works without them."""
        if self._loop is not None:
            self._loop.start()
        self._guard.start()
        own: dict[str, Deed] = {"install": self._install, "rollback": lambda _: roll_back(self._updater)}
        try:
            self._control = ControlServer(
                self._settings.device.state.absolute(), {**self._deeds, **own}, lambda: self._updater.status
            )
            self._control.start()
        except EdgeError as error:
            self._log.error("operators cannot be heard", reason=str(error))

    def stopping(self) -> None:
        """The agent was told to end: from now on that says nothing about a bundle on trial."""
        end_run(self._updater.trials)
        self._guard.stop()
        with self._telling:
            self._health.stops()

    def stop(self) -> None:
        """End; may be called twice."""
        if self._control is not None:
            self._control.stop()
            self._control = None
        self._guard.stop()
        if self._loop is not None:
            self._loop.stop()
        else:
            self._updater.stop()
        end_run(self._updater.trials)

    def look(self) -> None:
        """While the agent judges: tell what was undone before its start; close that once another bundle serves."""
        if self._undone:
            self._tell(self._undone)
            self._undone = ""
        serving = self._agent.engine.serving
        with self._telling:
            if self._returned_to and serving is not None and serving.digest != self._returned_to:
                self._returned_to = ""
                self._health.delivers()

    def _install(self, words: Mapping[str, str]) -> UpdateStatus:
        return install(self._updater, self._settings.update, words["registry"])

    def _tell(self, reason: str) -> None:
        serving = self._agent.engine.serving
        with self._telling:
            self._returned_to = serving.digest if serving else ""
            self._health.fails(reason)
