"""Keeps the registry's signatures fresh while the cloud is up."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import structlog

from linewatch.cloud.errors import CloudError
from linewatch.cloud.registry.repository import Repository

_log = structlog.get_logger(__name__)

_LOOKS_IN_A_LIFE = 8
_LONGEST_SECONDS = 3600.0
_DAY_SECONDS = 86_400.0


class SigningPart:
    """Signs the timestamp and the snapshot anew before half of their life is over."""

    name = "registry"

    def __init__(self, repository: Repository) -> None:
        """Look after `repository`."""
        self._repository = repository
        self._task: asyncio.Task[None] | None = None
        self._trouble = ""

    async def start(self) -> None:
        """Sign what is due now; keys that cannot be used are found here, not in the night.

        Raises:
            CloudError: the registry or its online keys cannot be used.
        """
        await asyncio.to_thread(self._refresh)
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def health(self) -> dict[str, Any]:
        """When each signature runs out, and what is wrong."""
        try:
            expiries = self._repository.expiries()
        except CloudError as error:
            return {"ok": False, "trouble": str(error)}
        late = sorted(role for role, when in expiries.items() if when <= datetime.now(UTC))
        return {
            "ok": not late and not self._trouble,
            "expires": {role: when.isoformat() for role, when in expiries.items()},
            "expired": late,
            "trouble": self._trouble,
        }

    async def _keep(self) -> None:
        life = self._repository.settings.timestamp_days * _DAY_SECONDS
        while True:
            await asyncio.sleep(min(life / _LOOKS_IN_A_LIFE, _LONGEST_SECONDS))
            try:
                await asyncio.to_thread(self._refresh)
                self._trouble = ""
            except CloudError as error:
                self._trouble = str(error)
                _log.error("registry.refresh_failed", reason=str(error))

    def _refresh(self) -> None:
        with self._repository.locked():
            if self._repository.refresh():
                _log.info("registry.signed_anew")
