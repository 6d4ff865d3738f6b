"""Serves the web application on a port that is ours before anything else starts."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn
from fastapi import FastAPI

from linewatch.cloud.errors import PortInUse
from linewatch.cloud.service.settings import HttpSettings

_BACKLOG = 256
_GRACE_SECONDS = 3
_POLL_SECONDS = 0.02


class _Server(uvicorn.Server):
    """Leaves the signals to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class HttpPart:
    """The HTTP server."""

    name = "http"

    def __init__(self, settings: HttpSettings, app: FastAPI) -> None:
        """Serve `app`; nothing listens before `start`."""
        self._settings = settings
        self._server = _Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        self._socket: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that are listened on; the port is 0 before `start`."""
        port = self._socket.getsockname()[1] if self._socket is not None else 0
        return self._settings.host, port

    async def start(self) -> None:
        """Listen.

        Raises:
            PortInUse: another program listens there, or the address is not of this machine.
        """
        self._socket = _listen(self._settings)
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started and not self._task.done():
            await asyncio.sleep(_POLL_SECONDS)

    async def stop(self) -> None:
        """Finish the answers under way, then close."""
        if self._task is not None:
            self._server.should_exit = True
            await asyncio.gather(self._task, return_exceptions=True)
        if self._socket is not None:
            self._socket.close()

    def health(self) -> dict[str, Any]:
        """That this is asked at all is the answer."""
        host, port = self.address
        return {"ok": True, "host": host, "port": port}


def _listen(settings: HttpSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((settings.host, settings.port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        where = f"{settings.host}:{settings.port}"
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(
                f"another program listens on {where}; stop it, or set another http.port in cloud.toml"
            ) from error
        raise PortInUse(f"cannot listen on {where} ({error.strerror}); set http.host and http.port") from error
    return listening
