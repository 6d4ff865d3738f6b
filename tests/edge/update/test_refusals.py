"""A refused bundle waits longer each time, and a wrong clock cannot hold it back for ever."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.update.refusals import Refusal, Refusals

D = "a" * 64


def test_the_wait_doubles_up_to_a_day(tmp_path: Path) -> None:
    now, waits = 1e9, []
    for _ in range(12):
        refusals = Refusals(tmp_path)
        refusals.record(D, "GoldenCheckFailed", "other score", now)
        wait = next(s for s in (600.0 * 2**n for n in range(20)) if not refusals.held_back(now + min(s, 86_400), 600))
        waits.append(min(wait, 86_400))
        now += 1e6
    assert waits[:4] == [600, 1200, 2400, 4800]
    assert waits[-1] == 86_400


@given(times=st.integers(1, 1000), since=st.floats(0, 4e9), now=st.floats(0, 4e9), first=st.floats(1, 1e5))
def test_nothing_is_held_back_longer_than_a_day(times: int, since: float, now: float, first: float) -> None:
    refusal = Refusal(kind="k", text="t", times=times, unix_seconds=since)
    if now < since or now - since >= 86_400:
        assert refusal.due(now, first)


@pytest.mark.parametrize("kind", ["RolledBack", "AgentDied", "PromiseBroken"])
def test_what_was_returned_from_waits_for_a_newer_release(kind: str) -> None:
    refusal = Refusal(kind=kind, text="t", times=1, unix_seconds=0.0)
    assert refusal.returned_from
    assert not refusal.due(1e9, 1.0)
    assert not refusal.due(-1e9, 1.0)


def test_refusals_are_remembered_counted_and_forgotten(tmp_path: Path) -> None:
    Refusals(tmp_path).record(D, "TrialDied", "died", 5.0)
    Refusals(tmp_path).record(D, "GoldenCheckFailed", "other score", 6.0)
    kept = Refusals(tmp_path).get(D)
    assert kept == Refusal(kind="GoldenCheckFailed", text="other score", times=2, unix_seconds=6.0)
    Refusals(tmp_path).forget(D)
    assert Refusals(tmp_path).get(D) is None


def test_the_file_does_not_grow_without_end(tmp_path: Path) -> None:
    refusals = Refusals(tmp_path)
    for number in range(50):
        refusals.record(f"{number:064x}", "k", "t", float(number))
    kept = Refusals(tmp_path).held_back(50.0, 600.0)
    assert len(kept) == 32
    assert f"{49:064x}" in kept


def test_a_damaged_file_counts_as_empty(tmp_path: Path) -> None:
    for text in ("{", "[1]", '{"a": {"times": "x"}}'):
        (tmp_path / "refused.json").write_text(text)
        assert Refusals(tmp_path).held_back(0.0, 1.0) == []
