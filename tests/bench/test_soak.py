"""How a long bench ends: its records are written, and its exit code tells whether each goal was met."""

import json
import sys
from pathlib import Path

import pytest
from bench.chaos_events import ChaosResult, Outage, Plan
from bench.record import Record, at_most, seen
from bench.soak import conclude

from bench import soak_events, swaps


@pytest.mark.parametrize(("lost", "code"), [(0, 0), (1, 1)])
def test_the_exit_code_says_whether_each_goal_was_met(tmp_path: Path, lost: int, code: int) -> None:
    path = tmp_path / "new" / "soak.json"
    records = [seen("minutes", 1, unit="minutes", command="c"), at_most("lost", lost, 0, unit="events", command="c")]
    assert conclude(records, path) == code
    assert [one["name"] for one in json.loads(path.read_text())["records"]] == ["minutes", "lost"]


@pytest.mark.parametrize(("lost", "code"), [(0, 0), (1, 1)])
def test_swaps_that_lose_a_frame_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: int, code: int) -> None:
    def measured(_bundle: Path, _swaps: int, command: str) -> list[Record]:
        return [at_most("swap_frames_lost", lost, 0, unit="frames", command=command)]

    monkeypatch.setattr(swaps, "measure", measured)
    monkeypatch.setattr(swaps, "RESULTS", tmp_path / "soak-swaps.json")
    monkeypatch.setattr(sys, "argv", ["swaps", str(tmp_path)])
    assert swaps.main() == code
    assert "swap_frames_lost" in swaps.RESULTS.read_text()


def test_events_that_are_lost_doubled_or_too_few_each_miss_a_goal() -> None:
    plan = Plan(kind="mosquitto", events=10, kills=1)
    good = {"broker": "mosquitto", "messages": 20, "events_at_last_kill": 9, "closed_after_death": 0, "seconds": 1.0}
    good |= {"events": 10, "lost": 0, "duplicated": 0, "wrong": 0, "kills": {"agent": 1, "broker": 1, "cloud": 1}}
    outage = Outage(backlog=4000, drain_seconds=1.0)
    for change in ({}, {"lost": 1}, {"duplicated": 1}, {"wrong": 1}, {"events": 9}, {"kills": {"agent": 1}}):
        found = soak_events.records(ChaosResult(**good | change, outage=outage), plan)  # type: ignore[arg-type]
        assert [one.met for one in found].count(False) == len(change)
