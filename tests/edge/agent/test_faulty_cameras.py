"""Cameras that fail in every way beside one that does not: it loses no frame."""

import os
import subprocess
import time
from pathlib import Path

import pytest
from structlog.typing import FilteringBoundLogger

from linewatch.edge.agent.agent import Agent
from linewatch.edge.capture.backoff import Backoff
from linewatch.edge.capture.camera import plan_camera
from linewatch.edge.capture.settings import CameraSettings
from linewatch.edge.capture.simulated import Fault
from linewatch.edge.decide.event import Event, HealthEvent, Phase

FAULTS = [fault for fault in Fault if fault is not Fault.ANY]
FPS, SECONDS = 20, 4.0
SIZE = "width=64&height=64"
SILENT = ("hang", "garbage", "slow")


@pytest.mark.timeout(120)
def test_what_happens_to_one_camera_costs_another_nothing(bundle_folder: Path, log: FilteringBoundLogger) -> None:
    sources = {"healthy": f"simulated:?{SIZE}&fps={FPS}"}
    sources |= {fault.value: f"simulated:?{SIZE}&fps={FPS}&fault={fault}&fault_after=5" for fault in FAULTS}
    cameras = [
        plan_camera(CameraSettings(name=name, source=source, stall_seconds=0.7 if name in SILENT else None))
        for name, source in sources.items()
    ]
    events: list[Event] = []
    agent = Agent(cameras, record=events.append, log=log, backoff=lambda: Backoff(first_s=0.05, longest_s=0.1))
    agent.swap(bundle_folder)
    agent.start()
    limit = time.monotonic() + 60
    while time.monotonic() < limit and not _seen_enough(agent):
        time.sleep(0.1)
    assert len(_cameras_of(os.getpid())) > 1
    found = {camera.camera: camera for camera in agent.report().cameras}
    report = {camera.camera: camera for camera in agent.stop().cameras}
    health = [event for event in events if isinstance(event, HealthEvent)]
    for name in ("crash", "gone", "hang", "garbage", "slow"):
        phases = [event.phase for event in health if event.camera == name]
        assert phases[0] is Phase.OPENED
        assert phases[-1] is Phase.CLOSED
        assert phases.count(Phase.OPENED) == phases.count(Phase.CLOSED) >= 2, "it delivered again in between"
    assert {event.camera for event in health}.isdisjoint({"healthy", "resize"})
    healthy = report["healthy"]
    assert healthy.failures == 0
    assert healthy.skipped["overrun"] == 0
    assert healthy.frames_judged >= FPS * SECONDS
    errors = {name: camera.error for name, camera in found.items()}
    assert "SIGSEGV" in errors["crash"]
    assert errors["gone"] == "the device does not answer"
    assert all(errors[name] == "no frame for 0.7 s" for name in SILENT)
    assert all(found[name].failures >= 2 for name in ("crash", "gone", "hang", "garbage", "slow"))
    assert found["resize"].failures == 0
    assert found["resize"].frames_judged > 20
    assert not _cameras_of(os.getpid())


def _cameras_of(agent: int) -> list[str]:
    """Processes of cameras whose parent is the process `agent`."""
    told = subprocess.run(["ps", "--ppid", str(agent), "-o", "args="], capture_output=True, text=True, check=False)
    return [line for line in told.stdout.splitlines() if "isolation.child" in line]


def _seen_enough(agent: Agent) -> bool:
    cameras = {camera.camera: camera for camera in agent.report().cameras}
    failing = [cameras[fault].failures for fault in FAULTS if fault is not Fault.RESIZE]
    return min(failing) >= 2 and cameras["healthy"].frames_judged >= FPS * SECONDS
