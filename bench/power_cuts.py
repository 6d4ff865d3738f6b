"""Cuts the power at random moments of spooling and of installing bundles, and looks at what is left.

A process writes to an ext4 file system on a loop device and says on a pipe what it was promised. At a random moment
the file system is shut down without flushing anything, the process is killed, and the disk is mounted anew. Then every
event that `record` returned for has to be in the spool, and there has to be a whole bundle to serve: the new one where
the update had said that it serves, else that or the one before. The device must then be able to go on by itself.
`make soak-power` does so 300 times.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

from rich.progress import Progress

from bench.cut_disk import CutDisk, why_not
from bench.power_worker import READY
from bench.record import Record, at_most, seen
from bench.soak import bundle_or_sample, conclude
from bench.tamper_rig import Serving, variant
from linewatch.cloud.registry.keys import make_keys
from linewatch.cloud.registry.release import publish
from linewatch.cloud.registry.repository import Repository
from linewatch.cloud.registry.settings import RegistrySettings
from linewatch.edge.errors import EdgeError
from linewatch.edge.infer.engine import Engine
from linewatch.edge.spool.message import SpooledMessage
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.spool import Spool
from linewatch.edge.update.last_run import settle_last_run
from linewatch.edge.update.settings import UpdateSettings
from linewatch.edge.update.store import BundleStore
from linewatch.edge.update.trial import Trials
from linewatch.edge.update.updater import Updater
from linewatch.protos.bundle import read_bundle

SHORT, LONG = 20, 300
SITE = "bench"
RESULTS = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "soak-power.json"
_PATIENCE_S = 60.0
_LONGEST_SPOOLING_S = 0.4
_BEYOND = 1.3
"""The cut comes at a random moment up to so many times what an update takes."""
_RETURNS = 0.3
"""Share of the updates that are returned from at once."""


@dataclass(kw_only=True)
class Found:
    """What the cuts left behind."""

    cuts: int = 0
    acknowledged: int = 0
    lost: int = 0
    torn: int = 0
    updates_cut: int = 0
    no_valid_bundle: int = 0
    not_recovered: int = 0
    said: list[str] = field(default_factory=list)


class Worker:
    """A process that uses the disk, and what it says."""

    def __init__(self, *arguments: str) -> None:
        """Start it."""
        command = [sys.executable, "-m", "bench.power_worker", *arguments]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._lines: Queue[str] = Queue()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, line: str) -> None:
        """Wait until it says `line`."""
        while self._lines.get(timeout=_PATIENCE_S) != line:
            pass

    def tell(self, line: str) -> None:
        """Say something to it."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """Let it come to nothing more than what the kernel is doing for it at this moment."""
        self._process.kill()

    def last_words(self) -> list[str]:
        """Everything that it said before it was killed and that nobody waited for."""
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        said = []
        while True:
            try:
                said.append(self._lines.get_nowait())
            except Empty:
                return said

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):
                self._lines.put(line.strip())


def measure(bundle: Path, cuts: int = SHORT, command: str = "make bench ARGS=power") -> list[Record]:
    """Records of `cuts` power cuts, half of them while events are spooled, half while bundles are installed."""
    if reason := why_not():
        sys.stderr.write(f"no power is cut here: {reason}\n")
        return []
    found, chance = Found(), random.Random(time.time_ns())  # noqa: S311 - no secret in it
    with tempfile.TemporaryDirectory(prefix="linewatch-power-") as name, CutDisk.made(Path(name)) as disk:
        folder = Path(name)
        with _progress("spooling", cuts // 2) as step:
            for number in range(cuts // 2):
                cut_while_spooling(disk, number, found, chance)
                step()
        cloud = Cloud(folder / "cloud", bundle)
        with _progress("installing", cuts - cuts // 2) as step:
            device = Device(disk, cloud)
            for _ in range(cuts - cuts // 2):
                device.cut_while_installing(found, chance)
                step()
    for line in found.said:
        sys.stderr.write(line + "\n")
    return [
        seen("power_cuts", found.cuts, unit="cuts", command=command),
        seen("power_acknowledged", found.acknowledged, unit="events, in all", command=command),
        at_most("power_acknowledged_lost", found.lost, 0, unit="events", command=command),
        at_most("power_spools_torn", found.torn, 0, unit="spools that cannot be opened", command=command),
        seen("power_updates_cut", found.updates_cut, unit="updates and returns that were under way", command=command),
        at_most("power_no_valid_bundle", found.no_valid_bundle, 0, unit="cuts", command=command),
        at_most("power_not_recovered", found.not_recovered, 0, unit="cuts", command=command),
    ]


def cut_while_spooling(disk: CutDisk, number: int, found: Found, chance: random.Random) -> None:
    """Cut the power while a process records events; each that it was promised must be there afterwards."""
    path = disk.place / f"spool-{number}" / "spool.db"
    path.parent.mkdir()
    os.sync()
    worker = Worker("spool", str(path))
    worker.wait_for(READY)
    time.sleep(chance.uniform(0, _LONGEST_SPOOLING_S))
    promised = {int(line) for line in _cut(disk, worker)}
    found.cuts += 1
    found.acknowledged += len(promised)
    try:
        with Spool(path, SpoolSettings(), site=SITE, device="d") as spool:
            kept = {message.sequence for message in _all_of(spool)}
    except EdgeError as error:
        found.torn += 1
        found.lost += len(promised)
        found.said.append(f"spool: {error}")
    else:
        found.lost += len(promised - kept)
        if promised - kept:
            found.said.append(f"spool: promised up to {max(promised)}, missing {sorted(promised - kept)[:5]}")
    shutil.rmtree(path.parent)


class Cloud:
    """A registry in a folder, in which two bundles that differ in every file are released in turn."""

    def __init__(self, folder: Path, bundle: Path) -> None:
        """Make it."""
        folder.mkdir()
        settings = RegistrySettings(folder=folder / "registry", keys=folder / "keys")
        self._repository = Repository.create(settings, make_keys(settings.keys))
        first = read_bundle(bundle)
        self._bundles = [bundle, variant(first, folder / "second")]
        self._releases = 0
        self.root = settings.metadata / "root.json"
        self.address = (folder / "registry").as_uri()
        self.name = first.manifest.name

    def release(self) -> str:
        """Publish the next one; gives its digest."""
        self._releases += 1
        return publish(self._bundles[self._releases % 2], SITE, self._repository).digest


class Device:
    """A device on the disk that follows the cloud."""

    def __init__(self, disk: CutDisk, cloud: Cloud) -> None:
        """Install a first bundle, and time how long the second takes."""
        self._disk, self._cloud = disk, cloud
        self.state = disk.place / "state"
        root = disk.place / "root.json"
        shutil.copy(cloud.root, root)
        self.settings = UpdateSettings(
            enabled=True, registry=cloud.address, trusted_root=root, bundle=cloud.name, keep_free_bytes=0
        )
        self._take(cloud.release())
        self._longest_s = _BEYOND * self._time_one()
        self._serves = self._usable()
        os.sync()

    def cut_while_installing(self, found: Found, chance: random.Random) -> None:
        """Cut the power while an update runs, or the return from it; look what serves, and let the device go on."""
        newest, before, returns = self._cloud.release(), self._serves, chance.random() < _RETURNS
        worker = Worker("return" if returns else "install", str(self.state), *_words(self.settings))
        worker.wait_for(READY)
        worker.tell("go")
        time.sleep(chance.uniform(0, self._longest_s))
        said = _cut(self._disk, worker)
        finished = before if returns else newest
        found.cuts += 1
        found.updates_cut += finished not in said
        allowed = {finished} if finished in said else {newest, before}
        usable = self._usable()
        if usable not in allowed:
            found.no_valid_bundle += 1
            found.said.append(f"bundle: {usable or 'none'} instead of {' or '.join(allowed)}")
        try:
            settle_last_run(self.state, Trials(self.state, f"boot {found.cuts}"))
            self._take(newest)
        except (EdgeError, AssertionError) as error:
            found.not_recovered += 1
            found.said.append(f"recovery: {error}")
        self._serves = self._usable()

    def _usable(self) -> str:
        try:
            usable = BundleStore(self.state).usable()
        except EdgeError:
            return ""
        return usable.digest if usable else ""

    def _time_one(self) -> float:
        newest = self._cloud.release()
        worker = Worker("install", str(self.state), *_words(self.settings))
        worker.wait_for(READY)
        begun = time.monotonic()
        worker.tell("go")
        worker.wait_for(newest)
        passed_s = time.monotonic() - begun
        worker.kill()
        worker.last_words()
        Trials(self.state).end()
        return passed_s

    def _take(self, newest: str) -> None:
        current = BundleStore(self.state).current() if self.state.exists() else None
        updater = Updater(self.settings, SITE, self.state, Serving(Engine()), serving=current or "")
        status = updater.install(self.settings)  # takes what was returned from, too
        assert status.serving == newest, f"{status}"
        Trials(self.state).end()


def _words(settings: UpdateSettings) -> list[str]:
    return [settings.registry, str(settings.trusted_root), settings.bundle]


def _cut(disk: CutDisk, worker: Worker) -> list[str]:
    """Cut the power, and give everything that the worker was promised before.

    A real cut ends the process in the middle of `fsync`, too. Here the process is killed an instant before the disk:
    ext4 may call a synchronization done whose journal the shutdown has just thrown away, and no program would ever
    get that answer from a machine without power.
    """
    worker.kill()
    disk.cut()
    said = worker.last_words()
    disk.unmount()
    disk.mount()
    return said


def _all_of(spool: Spool) -> Iterator[SpooledMessage]:
    after = 0
    while some := spool.pending(after=after, limit=1000):
        yield from some
        after = some[-1].position


@contextmanager
def _progress(what: str, cuts: int) -> Iterator[Callable[[], None]]:
    with Progress(transient=True) as progress:
        task = progress.add_task(f"power cuts while {what}", total=cuts)
        yield lambda: progress.advance(task)


def main() -> int:
    """Cut 300 times, with a bundle of the sample pictures, compiled anew where none is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path, nargs="?", help="such as demo-run/bundle")
    parser.add_argument("--cuts", type=int, default=LONG)
    arguments = parser.parse_args()
    return conclude(measure(bundle_or_sample(arguments.bundle), arguments.cuts, "make soak-power"), RESULTS)


if __name__ == "__main__":
    sys.exit(main())
