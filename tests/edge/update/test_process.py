"""The update in a process of its own: the same results, and whatever becomes of it, the agent knows."""

import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING

import pytest

from linewatch.edge.errors import EdgeError, OlderRelease, UpdateInterrupted
from linewatch.edge.update import process
from linewatch.edge.update.loop import UpdateLoop
from linewatch.edge.update.machine import State
from linewatch.edge.update.message import Message, Request, Told, failure
from linewatch.edge.update.updater import Updater

if TYPE_CHECKING:
    from edge.update.conftest import Device, Fault, Registry

BundleMaker = Callable[..., Path]


@pytest.fixture
def updater(device: "Device") -> Updater:
    """The device's updater as the agent has it: with a real process."""
    return Updater(device.settings, device.site, device.state, device.host)


def until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def children() -> list[int]:
    """Update processes that this process has started, as the kernel lists them."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            called = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == os.getpid() and b"linewatch.edge.update.child" in called:
            found.append(int(folder.name))
    return found


def test_a_release_comes_in_and_a_wrong_one_is_refused(
    registry: "Registry", device: "Device", updater: Updater, make_bundle: BundleMaker, fault: "type[Fault]"
) -> None:
    first = registry.publish(make_bundle("one"))
    assert updater.check().serving == first.digest
    registry.publish(make_bundle("two", bright=90.0))
    registry.faults = [fault("/blobs/", change=lambda data: data[:-1] + b"?")]
    status = updater.check()
    assert (status.state, status.refused_with, status.serving) == (State.REFUSED, "FileNotTrusted", first.digest)
    assert children() == []


def test_a_killed_process_is_trouble_and_the_next_one_goes_on(
    registry: "Registry", updater: Updater, make_bundle: BundleMaker, fault: "type[Fault]"
) -> None:
    release = registry.publish(make_bundle("one"))
    registry.faults = [fault("/blobs/", dribble_seconds=0.01)]
    checking = threading.Thread(target=updater.check)
    checking.start()
    until(lambda: updater.status.state == State.DOWNLOADING)
    (child,) = children()
    os.kill(child, signal.SIGKILL)
    checking.join()
    assert updater.status.state == State.IDLE
    assert "ended early" in updater.status.trouble
    registry.faults = []
    assert updater.check().serving == release.digest


def test_stopping_does_not_wait_for_a_slow_registry(
    registry: "Registry", updater: Updater, make_bundle: BundleMaker, fault: "type[Fault]"
) -> None:
    registry.publish(make_bundle("one"))
    registry.faults = [fault("/blobs/", dribble_seconds=0.5)]
    loop = UpdateLoop(updater, 60.0)
    loop.start()
    until(lambda: loop.status.state == State.DOWNLOADING)
    begun = time.monotonic()
    assert loop.stop()
    assert time.monotonic() - begun < 3.0
    assert children() == []
    assert loop.status.serving == ""


def test_two_at_once_do_not_meet(registry: "Registry", device: "Device", make_bundle: BundleMaker) -> None:
    registry.publish(make_bundle("one"))
    with (device.state / "update.lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        status = device.updater.check()
    assert (status.state, status.serving) == (State.IDLE, "")
    assert "another update is running" in status.trouble
    assert device.updater.check().state == State.SERVING


def a_request(state: Path) -> Request:
    return Request(
        registry="http://127.0.0.1:9/registry",
        trusted_root="/nowhere/root.json",
        state=str(state),
        site="plant-1",
        bundle="washers",
        serving="",
        minimum_bytes_per_second=1,
        stall_seconds=1.0,
        keep_free_bytes=0,
        held_back=("a" * 64,),
    )


def test_what_ends_in_an_error_says_it(tmp_path: Path) -> None:
    (message,) = process.run(a_request(tmp_path), Flag())
    assert message.told == Told.FAILED
    assert message.error == "TrustedRootError"


def test_a_process_that_talks_nonsense_or_nothing_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for script in ("echo nonsense", "exit 3", 'echo \'{"told": "never"}\''):
        program = tmp_path / "python"
        program.write_text(f"#!/bin/sh\nread line\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(program))
        with pytest.raises(UpdateInterrupted):
            list(process.run(a_request(tmp_path), Flag()))


def test_messages_and_errors_cross_the_border(tmp_path: Path) -> None:
    request = a_request(tmp_path)
    assert Request.from_json(request.to_json()) == request
    message = Message(told=Told.WHOLE, digest="d", name="n", release=3)
    assert Message.from_json(message.to_json()) == message
    error = failure(OlderRelease("older")).to_error()
    assert isinstance(error, OlderRelease)
    assert str(error) == "older"
    strange = Message(told=Told.FAILED, error="ValueError", text="x").to_error()
    assert isinstance(strange, EdgeError)
