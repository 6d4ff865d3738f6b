"""The server: one thread for each connection, few connections, little time, small requests."""

import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import ThreadingHTTPServer

import structlog

from linewatch.edge.errors import ConfigurationError
from linewatch.edge.web.connections import Connections
from linewatch.edge.web.exchange import Respond
from linewatch.edge.web.handler import Handler

_log = structlog.get_logger(__name__)

_FULL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 5\r\nConnection: close\r\n\r\n"
_MOST_CONNECTIONS = 24
_PATIENCE_S = 15.0
_POLL_S = 0.2


class WebServer:
    """Serves what `respond` answers, on threads of its own. Slow, greedy and broken clients cost it next to nothing."""

    def __init__(
        self,
        address: tuple[str, int],
        respond: Respond,
        *,
        setting: str,
        tls: ssl.SSLContext | None = None,
        most: int = _MOST_CONNECTIONS,
        patience_s: float = _PATIENCE_S,
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        """Listen at `address`.

        Args:
            address: host and port; the system chooses where the port is 0.
            respond: answers each request.
            setting: what to call the address in errors.
            tls: speak TLS with it.
            most: connections at a time.
            patience_s: seconds until something is asked, and again until it is answered; what takes longer is cut.
            tick: called a few times a second; must be quick and not raise.

        Raises:
            ConfigurationError: nobody can listen there.
        """
        try:
            self._server = _Server(address, respond, Connections(most, patience_s), tls, tick)
        except OSError as error:
            host, port = address
            raise ConfigurationError(f"{setting}: cannot listen at {host}:{port}: {error.strerror}") from error
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL_S,), name=setting, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens; the system's choice where the settings say 0."""
        return int(self._server.server_address[1])

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._server.connections)

    def stop(self) -> None:
        """End it, and every connection."""
        self._server.shutdown()
        self._server.server_close()
        self._server.connections.cut(everything=True)
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 16

    def __init__(
        self,
        address: tuple[str, int],
        respond: Respond,
        connections: Connections,
        tls: ssl.SSLContext | None,
        tick: Callable[[], None],
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.respond = respond
        self.connections = connections
        self._tls = tls
        self._tick = tick
        super().__init__(address, Handler)

    def server_bind(self) -> None:
        # Without the look-up of our own name that the base class makes: it may take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        socket.socket.bind(self.socket, self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def get_request(self) -> tuple[socket.socket, object]:
        try:
            end, address = super().get_request()
        except OSError:
            time.sleep(_POLL_S)  # without a descriptor to spare it waits on, and would be tried again at once
            raise
        if self._tls is None:
            return end, address
        # The greetings wait for the other end: they are exchanged on the connection's own thread.
        return self._tls.wrap_socket(end, server_side=True, do_handshake_on_connect=False), address

    def process_request(self, request: object, client_address: object) -> None:
        assert isinstance(request, socket.socket)
        assert isinstance(client_address, tuple)
        if self.connections.admit(request, str(client_address[0])):
            super().process_request(request, client_address)
            return
        if self._tls is None:
            request.setblocking(False)
            with suppress(OSError):
                request.send(_FULL)
        self.shutdown_request(request)

    def shutdown_request(self, request: object) -> None:
        assert isinstance(request, socket.socket)
        self.connections.forget(request)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        self.connections.cut()
        self._tick()

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """Whoever hangs up in the middle, or speaks another protocol, is no matter of the log of cameras."""
        _log.debug("connection ended", address=str(client_address), exc_info=True)
