"""An operator and an agent that runs: the bundle serves when the command ends."""

import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from structlog.typing import FilteringBoundLogger

from linewatch.edge.agent.service import Service, ServiceReport
from linewatch.edge.config import load_config
from linewatch.edge.update.control import ControlServer
from linewatch.edge.update.machine import State
from linewatch.edge.update.status import UpdateStatus
from linewatch.edge.update.store import BundleStore

if TYPE_CHECKING:
    from edge.update.conftest import Fault, Registry


_COMMAND = (sys.executable, "-c", "from linewatch.edge.cli import main; main()")


class Box:
    """A device with an agent on it, and a stick."""

    def __init__(self, folder: Path, registry: "Registry") -> None:
        self.folder, self.registry = folder, registry
        (folder / "pictures").mkdir()
        cv2.imwrite(str(folder / "pictures/0.png"), np.full((16, 16, 3), 60, np.uint8))
        (folder / "root.json").write_bytes(registry.root.read_bytes())
        (folder / "edge.toml").write_text(
            '[device]\nsite = "plant-1"\nstate = "state"\n[[cameras]]\nname = "c"\nsource = "pictures"\nmode = "live"\n'
            'fps = 50.0\nloop = true\n[update]\nbundle = "washers"\nkeep_free_bytes = 0\n'
        )
        self.stop = threading.Event()
        self.reports: list[ServiceReport] = []

    def command(self, *words: str) -> str:
        done = subprocess.run(
            [*_COMMAND, "bundle", *words], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def interrupted(self, *words: str) -> tuple[int, str]:
        """Ctrl-C for a command as soon as the agent says how far it is: its exit code, and what it said then."""
        with subprocess.Popen(
            [*_COMMAND, "bundle", *words], cwd=self.folder, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr is not None
            assert process.stderr.readline().strip() in list(State)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
            return process.returncode, said

    def carry(self) -> str:
        stick = self.folder / "stick"
        shutil.rmtree(stick, ignore_errors=True)
        shutil.copytree(self.registry.settings.folder, stick)
        return str(stick)


@pytest.fixture
def box(tmp_path: Path, registry: "Registry") -> Iterator[Box]:
    folder = tmp_path / "box"
    folder.mkdir()
    made = Box(folder, registry)
    yield made
    made.stop.set()


def test_the_agent_that_runs_takes_it_at_once_and_goes_back_at_once(
    box: Box, registry: "Registry", make_bundle: Callable[..., Path], log: FilteringBoundLogger
) -> None:
    first = registry.publish(make_bundle("one")).digest
    assert "it serves when the agent starts" in box.command("install", box.carry())
    service = Service(load_config(box.folder / "edge.toml"), log)
    agent = threading.Thread(target=lambda: box.reports.append(service.run(box.stop)))
    agent.start()
    try:
        limit_s = time.monotonic() + 60
        while not (box.folder / "state/control.sock").exists() and time.monotonic() < limit_s:
            time.sleep(0.02)
        second = registry.publish(make_bundle("two", bright=150.0)).digest
        said = box.command("install", box.carry())
        assert f"{second[:12]} is installed; it serves now" in said
        time.sleep(0.3)
        assert f"returned to {first[:12]} (washers, release 1); it serves now" in box.command("rollback")
        time.sleep(0.3)
    finally:
        box.stop.set()
        agent.join()
    (report,) = box.reports
    assert report.agent.bundle_digest == first
    assert set(report.agent.cameras[0].frames_by_bundle) == {first, second}
    assert BundleStore(box.folder / "state").current() == first
    assert not (box.folder / "state/control.sock").exists()
    assert report.update is not None
    assert report.update.refused_with == "RolledBack"


def test_ctrl_c_says_that_the_agent_goes_on_and_it_does(
    box: Box,
    registry: "Registry",
    make_bundle: Callable[..., Path],
    log: FilteringBoundLogger,
    fault: "type[Fault]",
) -> None:
    registry.publish(make_bundle("one"))
    box.command("install", box.carry())
    second = registry.publish(make_bundle("two", bright=150.0)).digest
    go_on = threading.Event()

    def hold(data: bytes) -> bytes:
        assert go_on.wait(60)
        return data

    registry.faults.append(fault("/blobs/", change=hold))
    service = Service(load_config(box.folder / "edge.toml"), log)
    agent = threading.Thread(target=lambda: box.reports.append(service.run(box.stop)))
    agent.start()
    try:
        limit_s = time.monotonic() + 60
        while not (box.folder / "state/control.sock").exists() and time.monotonic() < limit_s:
            time.sleep(0.02)
        code, said = box.interrupted("install", registry.url)
        go_on.set()
        assert (code, "the agent was asked already and goes on" in said) == (130, True), said
        while BundleStore(box.folder / "state").current() != second and time.monotonic() < limit_s:
            time.sleep(0.02)
        assert f"{second[:12]}" in box.command("list")
    finally:
        go_on.set()
        box.stop.set()
        agent.join()
    assert BundleStore(box.folder / "state").current() == second


def test_ctrl_c_of_a_return_says_the_same(box: Box) -> None:
    state, go_on, done = box.folder / "state", threading.Event(), threading.Event()
    state.mkdir()

    def roll_back(_: Mapping[str, str]) -> UpdateStatus:
        assert go_on.wait(60)
        done.set()
        return UpdateStatus()

    server = ControlServer(state, {"rollback": roll_back}, UpdateStatus)
    server.start()
    try:
        code, said = box.interrupted("rollback")
        assert not done.is_set()
        go_on.set()
        assert done.wait(30)
    finally:
        go_on.set()
        server.stop()
    assert (code, "the agent was asked already and goes on" in said) == (130, True), said


def test_that_the_configuration_names_another_bundle_is_told_in_its_words(
    box: Box, registry: "Registry", make_bundle: Callable[..., Path]
) -> None:
    registry.publish(make_bundle("one"))
    with (box.folder / "edge.toml").open("a") as file:
        file.write('[inference]\nbundle = "mine"\n')
    assert "mine in [inference]" in box.command("install", box.carry())
