"""Serves what the device says of itself to whoever asks nearby: a page for people, JSON and metrics for programs."""

import json
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeAlias

from linewatch.edge.errors import ConfigurationError

Page: TypeAlias = tuple[str, Callable[[], bytes]]
"""Content type, and what makes the content."""

_PATIENCE_S = 5.0


class StatusServer:
    """An HTTP server on threads of its own. Reads alone: nothing can be changed through it."""

    def __init__(self, address: tuple[str, int], pages: Mapping[str, Page]) -> None:
        """Listen at `address` and serve `pages` by their path.

        Raises:
            ConfigurationError: nobody can listen there.
        """
        try:
            self._server = _Server(address, _handler(pages))
        except OSError as error:
            host, port = address
            raise ConfigurationError(f"health.listen: cannot listen at {host}:{port}: {error.strerror}") from error
        self._thread = threading.Thread(target=self._server.serve_forever, name="status-server", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens; the system's choice where the settings say 0."""
        return int(self._server.server_address[1])

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def as_json(value: object) -> bytes:
    """For a page of JSON."""
    return json.dumps(value, indent=1).encode() + b"\n"


class _Server(ThreadingHTTPServer):
    daemon_threads = True


def _handler(pages: Mapping[str, Page]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _PATIENCE_S
        server_version, sys_version = "linewatch-edge", ""

        def do_GET(self) -> None:
            page = pages.get(self.path.partition("?")[0])
            if page is None:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"there is no such page\n")
                return
            kind, make = page
            self._answer(HTTPStatus.OK, kind, make())

        def _answer(self, status: HTTPStatus, kind: str, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """The agent's log is about cameras."""

    return Handler
