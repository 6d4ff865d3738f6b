from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs
from structlog.typing import FilteringBoundLogger

from edge.local.taught import red
from edge.tiny_bundle import make_bundle
from linewatch.edge.decide.event import SuggestionEvent
from linewatch.edge.errors import SpoolError
from linewatch.edge.infer.engine import Engine
from linewatch.edge.infer.model import Model
from linewatch.edge.local.follow import LocalFollower
from linewatch.edge.local.journal import Journal
from linewatch.edge.local.status import LocalStatus
from linewatch.edge.local.suggestions import Suggestions
from linewatch.edge.local.teacher import LocalTeacher


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    (tmp_path / "state").mkdir()
    return Journal(tmp_path / "state", site="s", device="d")


def test_a_running_engine_follows_what_is_taught_and_taken_back(
    journal: Journal, bundle_folder: Path, model: Model, tmp_path: Path, log: FilteringBoundLogger
) -> None:
    told: list[SuggestionEvent] = []
    engine = Engine()
    follower = LocalFollower(journal, engine, Suggestions(journal, told.append, log), log)
    follower.look()
    assert follower.status() == LocalStatus()
    engine.swap(bundle_folder)
    teacher = LocalTeacher(journal, model)
    teacher.keep(teacher.good([red(0), red(1)]), "paint")
    follower.look()
    assert engine.current().judge(red(5)).taught_good
    assert follower.status().in_force == ("1: good, from 2 pictures (paint)",)
    before = engine.current()
    follower.look()
    assert engine.current() is before

    make_bundle(tmp_path / "other", gain=1.5)
    assert engine.swap(tmp_path / "other").judge(red(5)).anomalous
    assert follower.status() == LocalStatus(elsewhere=1)
    engine.swap(bundle_folder)
    assert engine.current().judge(red(5)).taught_good

    journal.undo(1)
    follower.look()
    assert engine.current().judge(red(5)).anomalous
    assert len(told) == 2


def test_the_log_tells_what_applies_to_the_bundle_that_serves_from_what_does_not(
    journal: Journal, bundle_folder: Path, model: Model, tmp_path: Path
) -> None:
    teacher = LocalTeacher(journal, model)
    teacher.keep(teacher.good([red(0)]), "paint")
    engine = Engine()
    with capture_logs() as logged:
        log = structlog.get_logger()
        follower = LocalFollower(journal, engine, Suggestions(journal, lambda _: None, log), log)
        follower.look()
        engine.swap(bundle_folder)
        for _ in range(2):
            follower.look()
        make_bundle(tmp_path / "other", gain=1.5)
        engine.swap(tmp_path / "other")
        follower.look()
    said = [(one["in_force"], one["not_applying"]) for one in logged if one["event"] == "local changes"]
    paint = "1: good, from 1 picture (paint)"
    assert said == [([paint], []), ([], [paint])]


def test_what_is_not_as_it_was_signed_leaves_the_bundle_as_it_is(
    journal: Journal, bundle_folder: Path, model: Model, log: FilteringBoundLogger
) -> None:
    engine = Engine()
    engine.swap(bundle_folder)
    teacher = LocalTeacher(journal, model)
    teacher.keep(teacher.good([red(0), red(1)]))
    follower = LocalFollower(journal, engine, Suggestions(journal, lambda _: None, log), log)
    follower.look()
    path = journal.folder / "000001.json"
    path.write_bytes(path.read_bytes().replace(b'"most_cells":2', b'"most_cells":9'))
    follower.look()
    assert engine.current().judge(red(5)).anomalous
    assert "changed after" in follower.status().trouble


def test_a_spool_that_fails_does_not_hold_up_what_is_taught(
    journal: Journal, bundle_folder: Path, model: Model, log: FilteringBoundLogger
) -> None:
    def fail(event: SuggestionEvent) -> None:
        raise SpoolError("the disk is full")

    engine = Engine()
    engine.swap(bundle_folder)
    follower = LocalFollower(journal, engine, Suggestions(journal, fail, log), log)
    teacher = LocalTeacher(journal, model)
    teacher.keep(teacher.good([red(0), red(1)]))
    follower.look()
    follower.look()
    assert engine.current().judge(red(5)).taught_good
