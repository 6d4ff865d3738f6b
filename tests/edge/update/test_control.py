"""Operators reach the agent that runs, and nobody else does."""

import json
import socket
import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from linewatch.edge.errors import ConfigurationError, EdgeError, StateUnwritable, UpdateInterrupted
from linewatch.edge.update.control import ControlServer, ask_agent
from linewatch.edge.update.machine import State
from linewatch.edge.update.status import UpdateStatus

SERVED = UpdateStatus(state=State.SERVING, serving="d" * 64)
Deeds = Mapping[str, Callable[[Mapping[str, str]], UpdateStatus]]


def fail(_: Mapping[str, str]) -> UpdateStatus:
    raise ConfigurationError("name the bundle")


def break_down(_: Mapping[str, str]) -> UpdateStatus:
    raise OSError("the disk is gone")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Deeper than the address of a socket may be long."""
    folder = tmp_path.joinpath("x" * 60, "y" * 60)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def slow() -> threading.Event:
    return threading.Event()


@pytest.fixture
def agent(state: Path, slow: threading.Event) -> Iterator[ControlServer]:
    def wait(_: Mapping[str, str]) -> UpdateStatus:
        slow.wait(20)
        return SERVED

    deeds: Deeds = {"install": lambda words: UpdateStatus(serving=words["registry"]), "fail": fail, "break": break_down}
    deeds = {**deeds, "wait": wait}
    server = ControlServer(state, deeds, lambda: UpdateStatus(state=State.DOWNLOADING, done_bytes=1, total_bytes=2))
    server.start()
    yield server
    server.stop()


def test_the_agent_does_it_and_answers(state: Path, agent: ControlServer) -> None:
    status = ask_agent(state, {"do": "install", "registry": "file:///stick"}, lambda _: None)
    assert status == UpdateStatus(serving="file:///stick")
    assert ask_agent(state, {"do": "install", "registry": "again"}, lambda _: None) is not None


def test_without_an_agent_nobody_answers(state: Path, agent: ControlServer) -> None:
    agent.stop()
    assert ask_agent(state, {"do": "install"}, lambda _: None) is None
    assert ask_agent(state / "nowhere", {"do": "install"}, lambda _: None) is None


def test_an_agent_that_died_leaves_a_socket_that_does_not_matter(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(state)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind("control.sock")
    assert ask_agent(state, {"do": "install"}, lambda _: None) is None
    server = ControlServer(state, {"install": lambda _: SERVED}, lambda: SERVED)
    server.start()
    assert ask_agent(state, {"do": "install"}, lambda _: None) == SERVED
    server.stop()


def test_what_the_agent_raises_is_raised_here(state: Path, agent: ControlServer) -> None:
    with pytest.raises(ConfigurationError, match="name the bundle"):
        ask_agent(state, {"do": "fail"}, lambda _: None)
    with pytest.raises(UpdateInterrupted, match="does not understand"):
        ask_agent(state, {"do": "dance"}, lambda _: None)


def test_it_tells_how_far_it_is(state: Path, agent: ControlServer, slow: threading.Event) -> None:
    told: list[UpdateStatus] = []

    def tell(status: UpdateStatus) -> None:
        told.append(status)
        slow.set()

    assert ask_agent(state, {"do": "wait"}, tell) == SERVED
    assert told[0] == UpdateStatus(state=State.DOWNLOADING, done_bytes=1, total_bytes=2)


@pytest.mark.parametrize("said", [b"", b"\n", b"{", b"[]\n", b'"do"\n', b'{"do": []}\n', b"\xff" * 100_000])
def test_nonsense_does_not_end_it(
    state: Path, agent: ControlServer, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(state)
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect("control.sock")
        stranger.sendall(said)
        stranger.shutdown(socket.SHUT_WR)
        with stranger.makefile() as reader:
            assert json.loads(reader.readline())["error"] == "UpdateInterrupted"
    assert ask_agent(state, {"do": "install", "registry": "r"}, lambda _: None) is not None


def test_only_its_own_user_may_ask(state: Path, agent: ControlServer) -> None:
    assert stat.S_IMODE((state / "control.sock").stat().st_mode) == 0o600


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StateUnwritable, match="cannot listen"):
        ControlServer(tmp_path / "none", {}, lambda: SERVED)


def test_a_fault_of_the_agent_is_told_as_one(state: Path, agent: ControlServer) -> None:
    with pytest.raises(EdgeError, match=r"fault of the agent.*the disk is gone"):
        ask_agent(state, {"do": "break"}, lambda _: None)


def test_whoever_hangs_up_does_not_let_two_deeds_run_at_once(
    state: Path, agent: ControlServer, slow: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(state)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
        end.connect("control.sock")
        end.sendall(json.dumps({"do": "wait"}).encode() + b"\n")
        end.makefile("rb").readline()
    answers: list[UpdateStatus | None] = []
    second = threading.Thread(
        target=lambda: answers.append(ask_agent(state, {"do": "install", "registry": "x"}, lambda _: None))
    )
    second.start()
    second.join(1.5)
    assert not answers
    slow.set()
    second.join(20)
    assert answers == [UpdateStatus(serving="x")]
