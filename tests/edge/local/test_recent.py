import tracemalloc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import pytest

from edge.judged import judged
from linewatch.edge.errors import ConfigurationError, WrongUse
from linewatch.edge.infer.model import Model
from linewatch.edge.local.journal import Journal
from linewatch.edge.local.looking import ask_for_scores
from linewatch.edge.local.recent import MOST, RecentScores
from linewatch.edge.local.teacher import LocalTeacher
from linewatch.edge.update.control import ControlServer, Deed
from linewatch.edge.update.status import UpdateStatus

DIGEST = "a" * 64
WORDS = {"camera": "c", "bundle": DIGEST, "target": "", "since_unix_ns": "1001"}


def test_scores_are_told_in_order_since_a_time() -> None:
    recent = RecentScores(["c"])
    for number in (0, 3, 1, 2):
        recent.add(judged(number, number / 2))
    lately = recent.since(WORDS)
    assert asdict(lately) == {"scores": (1.0, 1.5), "until_unix_ns": 1003}
    assert recent.since({**WORDS, "since_unix_ns": "1003"}).until_unix_ns == 1003


def test_what_cannot_be_answered_is_refused() -> None:
    recent = RecentScores(["c"])
    recent.add(judged(9, 0.5))
    for words in ({}, {**WORDS, "camera": "d"}, {**WORDS, "since_unix_ns": "now"}):
        with pytest.raises(WrongUse):
            recent.since(words)
    with pytest.raises(ConfigurationError, match="judges by bundle aaaaaaaaaaaa"):
        recent.since({**WORDS, "bundle": "b" * 64})


def test_what_was_taught_to_be_good_does_not_count() -> None:
    recent = RecentScores(["c"])
    recent.add(judged(2, 0.5))
    recent.add(judged(3, 7.0, taught_good=True))
    assert recent.since(WORDS).scores == (0.5,)


def test_memory_is_bounded() -> None:
    recent = RecentScores(["c"])
    one = judged(9, 0.5)
    for _ in range(MOST + 10):
        recent.add(one)
    assert len(recent.since(WORDS).scores) == MOST


@contextmanager
def agent(state: Path, scores: Deed) -> Iterator[None]:
    server = ControlServer(state, {"scores": scores}, UpdateStatus)
    server.start()
    try:
        yield
    finally:
        server.stop()


def test_an_agent_that_runs_is_asked_and_one_that_does_not_is_not(tmp_path: Path, model: Model) -> None:
    teacher = LocalTeacher(Journal(tmp_path, site="s", device="d"), model)
    assert ask_for_scores(tmp_path, teacher, "c", 0.1) is None
    asked: list[dict[str, str]] = []

    def answer(words: Mapping[str, str]) -> object:
        asked.append(dict(words))
        recent = RecentScores(["c"])
        for number in (1, 2, 2):
            recent.add(judged(10 * len(asked) + number, 10.0 * len(asked) + number))
        return recent.since({**WORDS, "since_unix_ns": "0"})

    with agent(tmp_path, answer):
        scores = ask_for_scores(tmp_path, teacher, "c", 0.2)
    assert scores is not None
    assert scores.values == [11.0, 12.0, 21.0, 22.0]
    assert [int(words["since_unix_ns"]) for words in asked][1:] == [1012]
    assert (asked[0]["bundle"], asked[0]["target"]) == (model.digest, model.target.name)


def test_what_the_agent_refuses_is_raised_here(tmp_path: Path, model: Model) -> None:
    teacher = LocalTeacher(Journal(tmp_path, site="s", device="d"), model)
    with agent(tmp_path, RecentScores(["c"]).since), pytest.raises(WrongUse):
        ask_for_scores(tmp_path, teacher, "other", 0.1)


def test_memory_is_taken_at_once() -> None:
    """An agent that has started must not grow into a shortage hours later."""
    recent = RecentScores(["c"])
    one = judged(9, 0.5)
    recent.add(one)
    tracemalloc.start()
    try:
        for _ in range(MOST):
            recent.add(one)
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown < 10_000
