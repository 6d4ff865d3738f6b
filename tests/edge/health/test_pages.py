import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from linewatch.edge.health.pages import as_json, serve_pages
from linewatch.edge.web.server import WebServer


@pytest.fixture
def address() -> Iterator[str]:
    pages = {"/": ("text/plain", lambda: b"hello"), "/status.json": ("application/json", lambda: as_json({"a": 1}))}
    running = WebServer(("127.0.0.1", 0), serve_pages(pages), setting="health.listen")
    yield f"http://127.0.0.1:{running.port}"
    running.stop()


def status(address: str, form: bytes | None = None) -> int:
    try:
        with urllib.request.urlopen(address, form, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_pages_are_served_and_nothing_else(address: str) -> None:
    with urllib.request.urlopen(f"{address}/?again", timeout=5) as answer:
        assert answer.read() == b"hello"
        assert "style-src 'unsafe-inline'" in answer.headers["Content-Security-Policy"]
    with urllib.request.urlopen(f"{address}/status.json", timeout=5) as answer:
        assert answer.read() == b'{\n "a": 1\n}\n'
    assert status(f"{address}/../etc/passwd") == 404
    assert status(f"{address}/", b"a=b") == 405
