import socket
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from linewatch.edge.capture.trigger_port import TriggerPort
from linewatch.edge.capture.triggered import Triggered
from linewatch.edge.errors import SourceError


def say(path: Path, *words: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.connect(str(path))
        for word in words:
            end.send(word)


def until(happened: Callable[[], bool]) -> None:
    limit = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < limit
        time.sleep(0.01)


def test_words_of_the_line_become_triggers_and_the_rest_is_told(tmp_path: Path) -> None:
    rule, nonsense = Triggered(frames=1, delay_s=0.0), list[bytes]()
    port = TriggerPort(tmp_path / "t", rule, nonsense.append)
    parts: list[int] = []

    def shown(expected: int) -> bool:
        part = rule.part_of(time.monotonic())
        parts.extend([part] if part else [])
        return parts[-1:] == [expected]

    for word, number in ((b"part", 1), (b"part 4711\n", 4711), (b" part ", 4712)):
        say(tmp_path / "t", word)
        until(lambda number=number: shown(number))  # type: ignore[misc]
    wrong = [b"", b"parts", b"part 0", b"part -1", b"part 4294967296", b"part 1 2", b"\xff" * 400]
    say(tmp_path / "t", *wrong)
    until(lambda: len(nonsense) == len(wrong))
    assert parts == [1, 4711, 4712]
    port.close()
    assert not (tmp_path / "t").exists()


def test_a_flood_waits_for_no_camera(tmp_path: Path) -> None:
    """Nobody asks for parts here, and yet the program of the line goes on."""
    rule = Triggered(frames=1, delay_s=0.0)
    port = TriggerPort(tmp_path / "t", rule, lambda said: None)
    say(tmp_path / "t", *[b"part"] * 3000)
    until(lambda: rule.part_of(time.monotonic()) == 3000)
    port.close()


def test_the_socket_is_for_the_agents_group_and_that_of_a_dead_agent_goes(tmp_path: Path) -> None:
    path = tmp_path / "t"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as dead:
        dead.bind(str(path))
    port = TriggerPort(path, Triggered(1, 0.0), lambda said: None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    with pytest.raises(SourceError, match="another camera or agent listens there"):
        TriggerPort(path, Triggered(1, 0.0), lambda said: None)
    port.close()


def test_a_place_where_no_socket_can_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for path in (tmp_path / "file", tmp_path / "none" / "t"):
        with pytest.raises(SourceError, match="cannot listen for triggers at"):
            TriggerPort(path, Triggered(1, 0.0), lambda said: None)
    assert (tmp_path / "file").read_text() == "mine"
