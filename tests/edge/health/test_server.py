import http.client
import socket
from collections.abc import Iterator

import pytest

from linewatch.edge.errors import ConfigurationError
from linewatch.edge.health.server import StatusServer, as_json


@pytest.fixture
def server() -> Iterator[StatusServer]:
    pages = {"/": ("text/plain", lambda: b"hello"), "/status.json": ("application/json", lambda: as_json({"a": 1}))}
    running = StatusServer(("127.0.0.1", 0), pages)
    yield running
    running.stop()


def ask(server: StatusServer, method: str, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def test_pages_are_served_and_nothing_else(server: StatusServer) -> None:
    assert ask(server, "GET", "/") == (200, b"hello")
    assert ask(server, "GET", "/?again") == (200, b"hello")
    assert ask(server, "GET", "/status.json")[1] == b'{\n "a": 1\n}\n'
    assert ask(server, "GET", "/../etc/passwd")[0] == 404
    assert ask(server, "POST", "/")[0] == 501


def test_somebody_who_says_nothing_holds_nobody_up(server: StatusServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port)):
        assert ask(server, "GET", "/")[0] == 200


def test_an_address_that_is_taken_is_told(server: StatusServer) -> None:
    with pytest.raises(ConfigurationError, match=f"cannot listen at 127.0.0.1:{server.port}"):
        StatusServer(("127.0.0.1", server.port), {})
