"""What a view left at the broker is known to the next run, also after a power cut."""

import os
from pathlib import Path

import pytest

from linewatch.edge.publish.views.memory import Memory


def test_the_next_run_knows_what_was_left_and_counts_on(tmp_path: Path) -> None:
    file = tmp_path / "views.json"
    first = Memory(file)
    first.keep("json", ["b", "a"])
    first.keep("home-assistant", [])
    assert [first.next_life() for _ in range(257)] == [*range(256), 0]
    again = Memory(file)
    assert (again.views(), again.retained("json"), again.retained("sparkplug-b")) == ({"json"}, {"a", "b"}, set())
    assert again.next_life() == 1


def test_it_is_on_the_disk_before_anything_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    sync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    memory = Memory(tmp_path / "views.json")
    for change in (lambda: memory.keep("json", ["a"]), memory.next_life):
        synced.clear()
        change()
        assert synced[-1] == str(tmp_path)
        assert "views.json" in synced[0]


@pytest.mark.parametrize("text", ["", "[]", '{"retained": 3, "lives": 0}', '{"retained": {}}'])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, text: str) -> None:
    file = tmp_path / "views.json"
    file.write_text(text)
    memory = Memory(file)
    assert (memory.views(), memory.next_life()) == (set(), 0)


def test_a_disk_that_refuses_costs_the_memory_alone(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "no such folder" / "views.json")
    memory.keep("json", ["a"])
    assert (memory.retained("json"), memory.next_life(), memory.next_life()) == ({"a"}, 0, 1)
