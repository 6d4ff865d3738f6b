"""The registry is served as it is on the disk, also what is published later; health tells the truth."""

import asyncio
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from linewatch.cloud.errors import KeyUnusable, PortInUse
from linewatch.cloud.service.http import HttpPart
from linewatch.cloud.service.service import Service
from linewatch.cloud.service.settings import HttpSettings
from linewatch.cloud.service.signing import SigningPart
from linewatch.cloud.service.web import make_app

if TYPE_CHECKING:
    from cloud.conftest import Made


def served(made: "Made", ask: Callable[[str], None]) -> None:
    """Run the HTTP side and the signing, and call `ask` with the base address in a thread."""

    async def run() -> None:
        http = HttpPart(HttpSettings(port=0), make_app(made.settings, lambda: service.health()))
        service = Service([SigningPart(made.repository), http])
        stop, asked = asyncio.Event(), []

        def ready() -> None:
            base = f"http://127.0.0.1:{http.address[1]}"
            asked.append(asyncio.ensure_future(stopping(asyncio.to_thread(ask, base), stop)))

        await service.run(ready, stop)
        await asked[0]

    asyncio.run(run())


async def stopping(work: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    try:
        await work
    finally:
        stop.set()


def get(url: str, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_files_are_served_as_they_are_and_at_once(made: "Made") -> None:
    def ask(base: str) -> None:
        timestamp = (made.settings.metadata / "timestamp.json").read_bytes()
        assert get(f"{base}/registry/metadata/timestamp.json") == (200, timestamp)
        assert get(f"{base}/registry/metadata/2.root.json")[0] == 404
        repository = made.repository
        stored = repository.store("blobs/x", b"0123456789")
        repository.commit([stored])
        address = f"{base}/registry/targets/blobs/{stored.hashes['sha256']}.x"
        assert get(address) == (200, b"0123456789")
        assert get(address, Range="bytes=4-") == (206, b"456789")
        assert get(f"{base}/registry/metadata/timestamp.json")[1] != timestamp

    served(made, ask)


def test_nothing_outside_the_registry_is_served(made: "Made") -> None:
    def ask(base: str) -> None:
        for path in ("/registry/metadata/../../keys/root.pem", "/registry/metadata/%2e%2e/%2e%2e/keys/root.pem"):
            assert get(base + path)[0] == 404
        assert get(f"{base}/registry/metadata/")[0] == 404
        assert get(f"{base}/keys/root.pem")[0] == 404

    served(made, ask)


def test_health_tells_when_signatures_run_out(made: "Made") -> None:
    def ask(base: str) -> None:
        status, body = get(f"{base}/health")
        answer = json.loads(body)
        assert (status, answer["status"]) == (200, "ok")
        assert set(answer["parts"]["registry"]["expires"]) == {"root", "targets", "snapshot", "timestamp"}

    served(made, ask)


def test_health_is_503_when_an_offline_signature_has_run_out(made: "Made") -> None:
    made.now -= timedelta(days=400)
    repository = made.repository
    repository.commit([])
    made.now += timedelta(days=400)

    def ask(base: str) -> None:
        status, body = get(f"{base}/health")
        answer = json.loads(body)
        assert (status, answer["status"]) == (503, "degraded")
        assert answer["parts"]["registry"]["expired"] == ["targets"]

    served(made, ask)


def test_the_timestamp_is_signed_anew_when_the_cloud_comes_up(made: "Made") -> None:
    made.now += timedelta(hours=20)

    def ask(base: str) -> None:
        assert json.loads(get(f"{base}/registry/metadata/timestamp.json")[1])["signed"]["version"] == 2

    served(made, ask)


def test_the_timestamp_is_signed_anew_while_the_cloud_is_up(made: "Made") -> None:
    made.settings = made.settings.model_copy(update={"timestamp_days": 1.5 / 86_400})

    async def run() -> None:
        part = SigningPart(made.repository)
        await part.start()
        for version in (2, 3):
            made.now += timedelta(days=1)
            async with asyncio.timeout(20):
                while made.repository.timestamp().version < version:
                    await asyncio.sleep(0.05)
        assert part.health()["trouble"] == ""
        (made.settings.keys / "timestamp.pem").unlink()
        made.now += timedelta(days=1)
        async with asyncio.timeout(20):
            while part.health()["ok"]:
                await asyncio.sleep(0.05)
        assert "timestamp key" in part.health()["trouble"]
        await part.stop()

    asyncio.run(run())


def test_a_missing_online_key_is_found_when_it_starts(made: "Made") -> None:
    made.now += timedelta(hours=20)
    (made.settings.keys / "timestamp.pem").unlink()
    with pytest.raises(KeyUnusable, match="timestamp key"):
        asyncio.run(SigningPart(made.repository).start())


def test_a_port_in_use_says_so(made: "Made") -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        part = HttpPart(HttpSettings(port=port), make_app(made.settings, dict))
        with pytest.raises(PortInUse, match=f"another program listens on 127.0.0.1:{port}"):
            asyncio.run(part.start())


def test_an_address_of_another_machine_says_so(made: "Made") -> None:
    part = HttpPart(HttpSettings(host="192.0.2.1", port=0), make_app(made.settings, dict))
    with pytest.raises(PortInUse, match=r"set http\.host"):
        asyncio.run(part.start())
