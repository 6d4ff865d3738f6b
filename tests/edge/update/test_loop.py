"""The update's thread looks again and again, and survives a fault of its own."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from linewatch.edge.update.loop import UpdateLoop
from linewatch.edge.update.machine import State

if TYPE_CHECKING:
    from edge.update.conftest import Device, Registry


def until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_new_releases_are_found_without_being_told(
    registry: "Registry", device: "Device", make_bundle: Callable[..., Path]
) -> None:
    loop = UpdateLoop(device.updater, 0.05)
    loop.start()
    for bright in (50.0, 60.0):
        release = registry.publish(make_bundle(f"b{bright}", bright=bright))
        until(lambda digest=release.digest: loop.status.serving == digest)  # type: ignore[misc]
    assert loop.stop()


def test_a_long_interval_can_be_cut_short(
    registry: "Registry", device: "Device", make_bundle: Callable[..., Path]
) -> None:
    loop = UpdateLoop(device.updater, 3600.0)
    loop.start()
    until(lambda: loop.status.refused_with == "UnknownBundle")
    release = registry.publish(make_bundle())
    loop.look_now()
    until(lambda: loop.status.serving == release.digest)
    assert loop.stop()


def test_a_fault_in_the_program_does_not_end_the_thread(
    registry: "Registry", device: "Device", make_bundle: Callable[..., Path]
) -> None:
    release = registry.publish(make_bundle())
    device.restart(retry_refused_seconds=0.01)
    device.host.crash = RuntimeError("a fault of the host that is no refusal")
    loop = UpdateLoop(device.updater, 0.05)
    loop.start()
    until(lambda: (device.state / "refused.json").exists() and loop.status.state == State.REFUSED)
    assert loop.status.serving == ""
    device.host.crash = None
    device.wait(days=2)
    until(lambda: loop.status.serving == release.digest)
    assert loop.stop()
