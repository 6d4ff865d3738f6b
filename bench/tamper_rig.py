"""A cloud that is up and a device that serves: what `bench.tamper` spoils."""

import dataclasses
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import onnx

from linewatch.cloud.config import load_cloud
from linewatch.cloud.demo.children import Child, installed_command
from linewatch.cloud.demo.layout import Layout
from linewatch.cloud.demo.ports import free_ports
from linewatch.cloud.registry.keys import make_keys
from linewatch.cloud.registry.release import publish, release_path
from linewatch.cloud.registry.repository import Repository, utc_now
from linewatch.cloud.registry.settings import RegistrySettings
from linewatch.cloud.registry.setup import set_up
from linewatch.edge.infer.engine import Engine
from linewatch.edge.update.settings import UpdateSettings
from linewatch.edge.update.status import UpdateStatus
from linewatch.edge.update.store import BundleStore
from linewatch.edge.update.updater import Updater
from linewatch.protos.bundle import Bundle, read_bundle, write_bundle

ThingT = TypeVar("ThingT")

SITE = "bench"
_START_SECONDS = 60.0


class Serving:
    """An engine in the place of an agent."""

    def __init__(self, engine: Engine) -> None:
        """Serve by `engine`."""
        self._engine = engine

    def swap(self, folder: Path, _given_up: Callable[[], bool]) -> object:
        """Check, then serve."""
        return self._engine.swap(folder)

    def restore(self, folder: Path) -> object:
        """The same: it has no cameras to keep up with."""
        return self._engine.swap(folder)


class Device:
    """A device in a folder of its own, copied from one that serves already."""

    def __init__(self, rig: "Rig", state: Path, engine: Engine, settings: UpdateSettings) -> None:
        """Run in `state`, with `engine` serving what is current there; `rig` is its cloud."""
        self.rig = rig
        self.state = state
        self.root = settings.trusted_root
        self._engine = engine
        self._settings = settings
        self._stack = ExitStack()
        serving = engine.serving
        self._before = serving.digest if serving else ""

    def __enter__(self) -> "Device":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def beside(self, thing: AbstractContextManager[ThingT]) -> ThingT:
        """Enter `thing` until the device is done."""
        return self._stack.enter_context(thing)

    def look(self, **changes: object) -> UpdateStatus:
        """Look at the registry once, with these settings changed."""
        settings = self._settings.model_copy(update=changes)
        return Updater(settings, SITE, self.state, Serving(self._engine), serving=self._before).check()

    def serves_as_before(self) -> bool:
        """Whether the bundle that served is current, whole, and still serving."""
        store, serving = BundleStore(self.state), self._engine.serving
        if store.current() != self._before or serving is None or serving.digest != self._before:
            return False
        return store.open(self._before).digest == self._before


class Rig:
    """The registry behind `linewatch cloud up`, with two releases kept aside to go back to."""

    def __init__(self, first: Path, folder: Path, address: str) -> None:
        """Publish `first` and a release 2 that differs in every file; devices get to serve each of them."""
        self._folder = folder
        self._settings = load_cloud(folder / "cloud" / "cloud.toml").registry
        self._name = read_bundle(first).manifest.name
        root = folder / "root.json"
        shutil.copy(self._settings.metadata / "root.json", root)
        self._update = UpdateSettings(
            enabled=True, registry=address, trusted_root=root, bundle=self._name, keep_free_bytes=0
        )
        self.publish(first)
        self._keep("first")
        self._install("first")
        self.second = variant(read_bundle(first), folder / "second")
        repository = self.repository()
        with repository.locked():
            repository.renew()
        self.publish(self.second)
        self._keep("second")
        self._install("second")

    @classmethod
    @contextmanager
    def up(cls, bundle: Path, folder: Path) -> Iterator["Rig"]:
        """Make a cloud in `folder`, start it, and end it afterwards."""
        set_up(folder / "cloud", SITE)
        http, broker = free_ports(2)
        config = folder / "cloud" / "cloud.toml"
        text = config.read_text(encoding="utf-8")
        config.write_text(text.replace("port = 8440", f"port = {http}").replace("port = 1883", f"port = {broker}"))
        command = [installed_command("linewatch"), "cloud", "up", "--config", str(config)]
        with Child(command, folder / "cloud.log") as cloud:
            cloud.wait_until(Layout(folder).health(http), seconds=_START_SECONDS, what="the cloud")
            yield cls(bundle, folder, f"http://127.0.0.1:{http}/registry")

    @property
    def manifest(self) -> Path:
        """The served manifest of release 2."""
        digest = self.repository().targets().targets[release_path(SITE, self._name)].hashes["sha256"]
        return self._settings.targets / f"releases/{SITE}/{digest}.{self._name}.json"

    @property
    def blobs(self) -> dict[str, Path]:
        """The served file for each file of release 2."""
        return {
            entry.path: self._settings.targets / f"blobs/{entry.sha256}.{entry.sha256}"
            for entry in read_bundle(self.second).manifest.files
        }

    @property
    def metadata(self) -> list[Path]:
        """The served metadata that a device must fetch to see release 2."""
        repository, folder = self.repository(), self._settings.metadata
        snapshot = repository.timestamp().snapshot_meta.version
        targets = repository.targets().version
        names = ["timestamp.json", f"{snapshot}.snapshot.json", f"{targets}.targets.json", "2.root.json"]
        return [folder / name for name in names]

    def repository(self, now: Callable[[], datetime] = utc_now) -> Repository:
        """The registry, dated by `now`."""
        return Repository(self._settings, now)

    def publish(self, bundle: Path, site: str = SITE) -> bytes:
        """Publish `bundle` for `site`; gives its manifest."""
        release = publish(bundle, site, self.repository())
        return (self._settings.targets / f"releases/{site}/{release.digest}.{release.name}.json").read_bytes()

    def offer(self, manifest: bytes) -> None:
        """Sign these bytes as this site's newest manifest, whatever they are."""
        repository = self.repository()
        repository.commit([repository.store(release_path(SITE, self._name), manifest)])

    def with_other_scores(self) -> Path:
        """Release 2 with golden scores that no runtime gives."""
        folder = self._folder / "other-scores"
        if folder.exists():
            return folder
        bundle = read_bundle(self.second)
        golden = bundle.manifest.golden
        shift = 10 * golden.score_tolerance
        pictures = tuple(
            dataclasses.replace(picture, scores={name: score + shift for name, score in picture.scores.items()})
            for picture in golden.pictures
        )
        manifest = dataclasses.replace(bundle.manifest, golden=dataclasses.replace(golden, pictures=pictures))
        write_bundle(folder, manifest, {entry.path: bundle.read(entry.path) for entry in manifest.files})
        return folder

    def strangers_root(self) -> Path:
        """The root of a registry with other keys."""
        folder = self._folder / "stranger"
        settings = RegistrySettings(folder=folder / "registry", keys=folder / "keys")
        if not folder.exists():
            folder.mkdir()
            Repository.create(settings, make_keys(settings.keys))
        return settings.metadata / "root.json"

    def serve_first(self) -> None:
        """Let the registry be as it was when release 1 was the newest."""
        self._serve("first")

    def serve_second(self) -> None:
        """Let the registry be as it was when release 2 was the newest."""
        self._serve("second")

    def device(self, *, newer: bool) -> Device:
        """A device that serves release 1, or with `newer` release 2."""
        state = self._folder / "device"
        shutil.rmtree(state, ignore_errors=True)
        shutil.copytree(self._folder / f"device-{'second' if newer else 'first'}", state, symlinks=True)
        engine, store = Engine(), BundleStore(state)
        current = store.current()
        assert current is not None, "the device serves"
        engine.swap(store.folder(current))
        return Device(self, state, engine, self._update)

    def _install(self, name: str) -> None:
        state = self._folder / f"device-{name}"
        status = Updater(self._update, SITE, state, Serving(Engine())).check()
        assert status.serving, status

    def _keep(self, name: str) -> None:
        shutil.copytree(self._settings.folder, self._folder / f"registry-{name}")

    def _serve(self, name: str) -> None:
        for folder in (self._settings.metadata, self._settings.targets):
            shutil.rmtree(folder)
            shutil.copytree(self._folder / f"registry-{name}" / folder.name, folder)


def variant(bundle: Bundle, folder: Path) -> Path:
    """`bundle` with other bytes in every file, and no other meaning."""
    files = {entry.path: _other_bytes(entry.path, bundle.read(entry.path)) for entry in bundle.manifest.files}
    write_bundle(folder, bundle.manifest, files)
    return folder


def _other_bytes(path: str, data: bytes) -> bytes:
    if path.endswith(".onnx"):
        model = onnx.load_from_string(data)
        model.doc_string += "release 2"
        return bytes(model.SerializeToString())
    if path.endswith(".png"):
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        assert picture is not None, path
        ways = (cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, level])[1].tobytes() for level in (0, 9))
        return next(other for other in ways if other != data)
    return data + b"\n"
