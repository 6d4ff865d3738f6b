"""The cloud as one process: its parts are started in order and stopped in reverse."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from linewatch.cloud.service.part import Part

_log = structlog.get_logger(__name__)


class Service:
    """Runs parts until it is told to stop."""

    def __init__(self, parts: Sequence[Part]) -> None:
        """Run `parts`; later ones may lean on earlier ones."""
        self._parts = parts

    async def run(self, ready: Callable[[], None], stop: asyncio.Event) -> None:
        """Start everything, call `ready`, wait for `stop`, and stop everything, whatever happens.

        Raises:
            CloudError: a part could not be started; what had been started is stopped again.
        """
        begun: list[Part] = []
        try:
            for part in self._parts:
                begun.append(part)
                await part.start()
                _log.debug("service.started", part=part.name)
            ready()
            await stop.wait()
        finally:
            for part in reversed(begun):
                await part.stop()
                _log.debug("service.stopped", part=part.name)

    def health(self) -> dict[str, Any]:
        """How every part does; `status` is `ok` or `degraded`."""
        parts = {part.name: part.health() for part in self._parts}
        sound = all(part["ok"] for part in parts.values())
        return {"status": "ok" if sound else "degraded", "parts": parts}


def run_until_signal(service: Service, ready: Callable[[], None]) -> None:
    """Run `service` until SIGINT or SIGTERM; both are a wish, not a failure.

    Raises:
        CloudError: it could not be started.
    """
    asyncio.run(_until_signal(service, ready))


async def _until_signal(service: Service, ready: Callable[[], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await service.run(ready, stop)
