"""The update's thread in the agent."""

import random
import threading

import structlog

from linewatch.edge.update.status import UpdateStatus
from linewatch.edge.update.updater import Updater

_log = structlog.get_logger(__name__)

_JITTER = 0.1


class UpdateLoop:
    """Looks at the registry at once, then every `interval_seconds` (give or take a tenth: fleets must not march)."""

    def __init__(self, updater: Updater, interval_seconds: float) -> None:
        """Drive `updater`; nothing happens before `start`."""
        self._updater = updater
        self._interval = interval_seconds
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="update", daemon=True)

    @property
    def status(self) -> UpdateStatus:
        """Where the update is now."""
        return self._updater.status

    def start(self) -> None:
        """Begin looking."""
        self._thread.start()

    def look_now(self) -> None:
        """Do not wait for the next look."""
        self._wake.set()

    def stop(self, timeout_seconds: float = 10.0) -> bool:
        """End the thread and what it runs; says whether it ended in time."""
        self._ending.set()
        self._updater.stop()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._updater.check()
            except Exception:  # noqa: BLE001 - supervision boundary: a fault here must not take the cameras down
                _log.exception("update fault")
                self._updater.recover()
            spread = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret in it
            self._wake.wait(self._interval * spread)
            self._wake.clear()
