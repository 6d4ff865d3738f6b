import importlib.util
import json
from pathlib import Path

import pytest
from bench.record import RESULTS, at_least, at_most, seen, write_results
from bench.run import BENCHES

from bench import record as module


def test_a_goal_says_whether_it_was_met() -> None:
    assert at_least("a", 2, 2, unit="x", command="c").met
    assert not at_least("a", 1.9, 2, unit="x", command="c").met
    assert at_most("a", 2, 2, unit="x", command="c").met
    assert not at_most("a", 2.1, 2, unit="x", command="c").met
    assert seen("a", 2, unit="x", command="c").met is None


def test_each_figure_keeps_the_machine_and_the_versions_it_was_measured_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results.json"
    for processor, names in (("old", ("a", "b")), ("new", ("b", "c")), ("new", ("d",))):
        monkeypatch.setattr(module, "machine", lambda processor=processor: {"processor": processor})
        write_results([seen(name, 1, unit="s", command="c") for name in names], path)
    table = json.loads(path.read_text())
    found = {one["name"]: table["runs"][one["run"]]["machine"]["processor"] for one in table["records"]}
    assert found == {"a": "old", "b": "new", "c": "new", "d": "new"}
    assert len(table["runs"]) == 2
    monkeypatch.setattr(module, "machine", lambda: {"processor": "newest"})
    write_results([seen("a", 2, unit="s", command="c")], path)
    processors = [run["machine"]["processor"] for run in json.loads(path.read_text())["runs"]]
    assert processors == ["new", "newest"], "a run that no figure is left of is forgotten"


def test_every_recorded_figure_has_a_command_that_exists() -> None:
    for one in json.loads(RESULTS.read_text())["records"]:
        program, *rest = one["command"].split()
        if program == "python":
            assert importlib.util.find_spec(rest[1]) is not None, one["command"]
        else:
            assert program == "make", one["command"]
            asked = [word.removeprefix("ARGS=") for word in rest if word.startswith("ARGS=")]
            assert set(asked) <= set(BENCHES), one["command"]
            assert rest[0] in {"bench", "bench-compiler", "light-install"}, one["command"]
