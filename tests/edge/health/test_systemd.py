import os
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from linewatch.edge.health.systemd import ServiceManager


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(str(tmp_path / "notify"))
        end.settimeout(5)
        yield end


def test_the_manager_hears_of_a_whole_life(manager: socket.socket) -> None:
    told = ServiceManager({"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "1000000"})
    told.ready()
    told.alive("all well")
    told.alive("too soon to say so again")
    told.stopping()
    heard = [manager.recv(1000) for _ in range(3)]
    assert heard == [b"READY=1", b"WATCHDOG=1\nSTATUS=all well", b"STOPPING=1"]


def test_a_watchdog_of_another_process_is_not_ours(manager: socket.socket) -> None:
    environment = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "1", "WATCHDOG_PID": str(os.getpid() + 1)}
    told = ServiceManager(environment)
    told.alive("?")
    told.stopping()
    assert manager.recv(1000) == b"STOPPING=1"


def test_without_a_manager_nothing_happens(tmp_path: Path) -> None:
    for environment in ({}, {"NOTIFY_SOCKET": str(tmp_path / "nobody"), "WATCHDOG_USEC": "1"}):
        told = ServiceManager(environment)
        told.ready()
        told.alive("alone")


def test_a_process_without_a_descriptor_to_spare_goes_on(manager: socket.socket) -> None:
    told = ServiceManager({"NOTIFY_SOCKET": manager.getsockname()})
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        told.ready()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    told.stopping()
    assert manager.recv(1000) == b"STOPPING=1"
