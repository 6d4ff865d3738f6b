"""A real registry on disk, served over loopback by a server that can be told to misbehave."""

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event as Flag

import pytest

from linewatch.cloud.registry.keys import make_keys
from linewatch.cloud.registry.release import Release, publish
from linewatch.cloud.registry.repository import Repository
from linewatch.cloud.registry.settings import RegistrySettings
from linewatch.edge.errors import BuildGivenUp, EdgeError, GoldenCheckFailed
from linewatch.edge.update.client import look
from linewatch.edge.update.message import Message, Request, failure
from linewatch.edge.update.settings import UpdateSettings
from linewatch.edge.update.updater import Updater


@dataclasses.dataclass
class Fault:
    """What the server does wrong with files whose path ends in, or contains, `path`."""

    path: str
    change: Callable[[bytes], bytes] = lambda data: data
    status: int = 200
    dribble_seconds: float = 0.0
    hang_up_after: int | None = None


class Registry:
    """The cloud's side: keys, repository and an HTTP server on an ephemeral port."""

    def __init__(self, folder: Path) -> None:
        self.now = datetime.now(UTC)
        self.settings = RegistrySettings(folder=folder / "registry", keys=folder / "keys")
        folder.mkdir()
        self.repository = Repository.create(self.settings, make_keys(self.settings.keys), lambda: self.now)
        self.faults: list[Fault] = []
        self.asked: list[tuple[str, str]] = []
        self.ending = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/registry"

    @property
    def root(self) -> Path:
        return self.settings.metadata / "root.json"

    def publish(self, bundle: Path, site: str = "plant-1") -> Release:
        return publish(bundle, site, self.repository)

    def blobs_sent(self) -> list[str]:
        return [path for path, _ in self.asked if "/blobs/" in path]


def _handler(registry: Registry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            registry.asked.append((self.path, self.headers.get("Range", "")))
            fault = next((each for each in registry.faults if each.path in self.path), Fault(""))
            file = registry.settings.folder / self.path.removeprefix("/registry/")
            if fault.status != 200 or not file.is_file():
                self.send_error(fault.status if fault.status != 200 else 404)
                return
            self._send(fault.change(file.read_bytes()), fault)

        def _send(self, data: bytes, fault: Fault) -> None:
            start = int(self.headers.get("Range", "bytes=0-")[6:-1])
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            for byte in data[start:] if fault.dribble_seconds else b"":
                self.wfile.write(bytes([byte]))
                if registry.ending.wait(fault.dribble_seconds):
                    return
            if not fault.dribble_seconds:
                self.wfile.write(data[start:][: fault.hang_up_after])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    return Handler


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    made = Registry(tmp_path / "cloud")
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.ending.set()
    made.server.shutdown()
    made.server.server_close()
    thread.join()


class Host:
    """Serves a folder, and refuses those it is told to: stands where the agent's engine does."""

    def __init__(self) -> None:
        self.swaps: list[Path] = []
        self.restored: list[Path] = []
        self.refuse = False
        self.crash: BaseException | None = None
        self.builds = False
        self.building = threading.Event()

    def swap(self, folder: Path, given_up: Callable[[], bool] = lambda: False) -> None:
        while self.builds:
            self.building.set()
            time.sleep(0.01)
            if given_up():
                raise BuildGivenUp("it is not wanted any more")
        if self.crash is not None:
            raise self.crash
        if self.refuse:
            raise GoldenCheckFailed("golden picture golden/0.png: other score")
        self.swaps.append(folder)

    def restore(self, folder: Path) -> None:
        self.swap(folder)
        self.restored.append(folder)


def inline(request: Request, stop: Flag) -> Iterator[Message]:
    """What the update process tells, without the process: quick."""
    told: list[Message] = []
    try:
        look(request, told.append)
    except EdgeError as error:
        told.append(failure(error))
    yield from told


class Device:
    """The edge's side: a state folder, a host, and an updater that can be started anew."""

    def __init__(self, folder: Path, registry: Registry) -> None:
        self.state = folder
        folder.mkdir()
        root = folder / "root.json"
        root.write_bytes(registry.root.read_bytes())
        self.registry = registry
        self.host = Host()
        self.clock = time.time()
        self.settings = UpdateSettings(
            enabled=True,
            registry=registry.url,
            trusted_root=root,
            bundle="washers",
            stall_seconds=5.0,
            minimum_bytes_per_second=1,
            keep_free_bytes=0,
        )
        self.site = "plant-1"
        self.updater = self.restart()

    def restart(self, serving: str = "", **changes: object) -> Updater:
        self.settings = self.settings.model_copy(update=changes)
        self.updater = Updater(
            self.settings,
            self.site,
            self.state,
            self.host,
            serving=serving,
            run=inline,
            clock=lambda: self.clock,
        )
        return self.updater

    def wait(self, **time_: float) -> None:
        self.clock += timedelta(**time_).total_seconds()


@pytest.fixture
def device(tmp_path: Path, registry: Registry) -> Device:
    return Device(tmp_path / "state", registry)


@pytest.fixture
def fault() -> type[Fault]:
    return Fault
