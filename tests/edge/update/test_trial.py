"""What the end of a run says about a bundle that was new: every way, and in a row."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.update.trial import LIMITS, Ended, Stage, Trial, Trials, how_it_ended, judge, machine_boot

D, E = "a" * 64, "b" * 64
RUNNING = Trial(digest=D, stage=Stage.SERVING, boot="x")


def test_a_run_ends_in_three_ways() -> None:
    assert how_it_ended(RUNNING, "x") is Ended.DIED
    assert how_it_ended(RUNNING, "y") is Ended.WENT_DOWN
    stopped = Trial(digest=D, stage=Stage.SERVING, boot="x", running=False)
    assert {how_it_ended(stopped, boot) for boot in "xy"} == {Ended.STOPPED}


def test_a_machine_that_does_not_name_its_boots_counts_every_end_as_a_death() -> None:
    assert how_it_ended(Trial(digest=D, stage=Stage.SERVING, boot=""), "") is Ended.DIED


def last_of(stage: Stage, ends: list[Ended]) -> tuple[Trial, str]:
    """The trial after runs that ended so, and what it was refused with, if it was by one of them."""
    trial, boot = Trial(digest=D, stage=stage, boot="0"), 0
    for ended in ends:
        boot += ended is Ended.WENT_DOWN
        trial = Trial(
            digest=D,
            stage=stage,
            boot=trial.boot,
            running=ended is not Ended.STOPPED,
            ended=trial.ended,
            times=trial.times,
        )
        trial, error = judge(trial, str(boot))
        if error is not None:
            return trial, type(error).__name__
    return trial, ""


@given(stage=st.sampled_from(Stage), ends=st.lists(st.sampled_from(Ended), max_size=12))
def test_it_is_refused_exactly_when_one_way_reached_its_limit_in_a_row(stage: Stage, ends: list[Ended]) -> None:
    _, refused = last_of(stage, ends)
    expected = ""
    for at in range(len(ends)):
        limit = LIMITS.get((stage, ends[at]))
        if limit and ends[max(0, at - limit.times + 1) : at + 1] == [ends[at]] * limit.times:
            expected = limit.kind.__name__
            break
    assert refused == expected


def test_stops_alone_never_refuse() -> None:
    assert not any(ended is Ended.STOPPED for _, ended in LIMITS)


def test_the_file_survives_restarts(tmp_path: Path) -> None:
    Trials(tmp_path, "x").begin(D, Stage.CHECKING)
    Trials(tmp_path, "x").begin(D, Stage.SERVING)
    assert Trials(tmp_path, "y").now() == RUNNING
    settled = Trials(tmp_path, "y").settle()
    assert settled is not None
    assert (settled[0].ended, settled[0].times, settled[1]) == (Ended.WENT_DOWN, 1, None)
    Trials(tmp_path, "y").begin(D, Stage.SERVING)
    found = Trials(tmp_path).now()
    assert found is not None
    assert (found.running, found.ended, found.times) == (True, Ended.WENT_DOWN, 1)
    Trials(tmp_path, "y").begin(E, Stage.CHECKING)
    other = Trials(tmp_path).now()
    assert other is not None
    assert (other.digest, other.ended, other.times) == (E, None, 0), "another bundle begins anew"
    Trials(tmp_path).end()
    Trials(tmp_path).end()
    assert Trials(tmp_path).now() is None
    assert Trials(tmp_path).settle() is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"digest": "d"}', '{"digest": "d", "stage": "?"}', "null"])
def test_a_damaged_file_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "trial.json").write_text(text)
    assert Trials(tmp_path).now() is None
    Trials(tmp_path).stop()
    assert Trials(tmp_path).settle() is None


def test_this_machine_names_its_boot() -> None:
    assert machine_boot() == machine_boot()
    assert len(machine_boot()) == 36
