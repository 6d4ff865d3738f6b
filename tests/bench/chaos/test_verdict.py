"""The verdict of the chaos bench, on real spools and stores in which one thing is wrong."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from bench.chaos.line import CAMERA, DEVICE, PERIOD_FRAMES, RUN_FRAMES, SITE, Line
from bench.chaos.verdict import Agent, Verdict, compare

from linewatch.cloud.events.message import read_message
from linewatch.cloud.events.settings import StoreSettings
from linewatch.cloud.events.store import EventStore
from linewatch.edge.decide.event import AnomalyEvent, Evidence, HeatMap, Phase, Region
from linewatch.edge.spool.report import read_report
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.spool import Spool

LINE = Line(bundle_digest="0" * 64, threshold=1.0, score=5.0, tolerance=0.01)
WHOLE = Region(x=0, y=0, width=8, height=8)
EVIDENCE = Evidence(
    region=WHOLE,
    crop=WHOLE,
    crop_jpeg=cv2.imencode(".jpg", np.zeros((8, 8, 3), np.uint8))[1].tobytes(),
    heat_map=HeatMap(width=1, height=1, cells=b"\0"),
)
Boots = Sequence[Sequence[AnomalyEvent]]


def told(run: int, phase: Phase, event_id: str, frames: int) -> AnomalyEvent:
    first = PERIOD_FRAMES * run + RUN_FRAMES
    return AnomalyEvent(
        camera=CAMERA,
        event_id=event_id,
        phase=phase,
        time_unix_ns=1000 + first + frames,
        first_frame=first,
        last_frame=first + frames - 1,
        peak_frame=first,
        peak_score=5.0,
        threshold=1.0,
        frames_anomalous=frames,
        frame_width=8,
        frame_height=8,
        bundle_digest="0" * 64,
        evidence=EVIDENCE,
    )


def whole(run: int) -> list[AnomalyEvent]:
    """Opened, updated and closed of one run."""
    name = uuid.uuid4().hex
    phases = {Phase.OPENED: 2, Phase.UPDATED: 4, Phase.CLOSED: 4}
    return [told(run, phase, name, frames) for phase, frames in phases.items()]


def runs(count: int) -> list[AnomalyEvent]:
    return [event for run in range(count) for event in whole(run)]


def judge(folder: Path, boots: Boots, *, judged: int, kills: int = 0, unlogged: int = 0, unstored: int = 0) -> Verdict:
    """Spool and store the events of each boot, but for the last `unlogged` and `unstored`, and compare."""
    url, log = f"sqlite:///{folder}/events.db", []
    store = EventStore(StoreSettings(url=url))
    for events in boots:
        with Spool(folder / "spool.db", SpoolSettings(), site=SITE, device=DEVICE) as spool:
            for event in events:
                spool.record(event)
                log.append(json.dumps({"event": f"event {event.phase}", "event_id": event.event_id}))
            messages = spool.pending(limit=10_000)
            for message in messages[: len(messages) - unstored]:
                store.add([read_message(f"linewatch/v1/{SITE}/{DEVICE}/events", message.payload, 1 << 20)])
            spool.forget(spool.boot, [(1, 10_000)])
    store.close()
    path = folder / "agent.log"
    path.write_text("\n".join([*log[: len(log) - unlogged], "not JSON", '{"cut']) + "\n")
    agent = Agent(log=path, kills=kills, judged=judged)
    return compare(read_report(folder / "spool.db"), url, agent, LINE)


def faults(verdict: Verdict) -> tuple[int, int, int]:
    return verdict.lost, verdict.duplicated, verdict.wrong


def test_a_sound_history_has_no_fault(tmp_path: Path) -> None:
    opened, updated, _ = whole(2)
    boots = [[*runs(2), opened, updated], [replace(updated, phase=Phase.CLOSED), *runs(3)]]
    verdict = judge(tmp_path, boots, judged=3 * PERIOD_FRAMES, kills=1)
    assert faults(verdict) == (0, 0, 0)
    assert (verdict.events, verdict.messages, verdict.closed_after_death) == (6, 18, 1)


def test_the_last_event_may_be_cut_short_by_the_end(tmp_path: Path) -> None:
    name = uuid.uuid4().hex
    cut = [told(1, Phase.OPENED, name, 2), told(1, Phase.CLOSED, name, 2)]
    assert faults(judge(tmp_path, [[*runs(1), *cut]], judged=PERIOD_FRAMES + RUN_FRAMES + 2)) == (0, 0, 0)


A, B = whole(0), whole(0)
SHORT = [told(0, Phase.OPENED, "a" * 32, 2), told(0, Phase.CLOSED, "a" * 32, 2)]
SECOND_HALF = [replace(event, first_frame=6, last_frame=7, peak_frame=6, event_id="b" * 32) for event in SHORT]


@pytest.mark.parametrize(
    ("boots", "periods", "expected"),
    [
        pytest.param([[*A, *B, *whole(1)]], 2, (0, 1, 0), id="a run told as two events"),
        pytest.param([[*SHORT, *whole(1)]], 2, (0, 0, 1), id="closed before the run was over"),
        pytest.param([[*SHORT, *SECOND_HALF]], 1, (0, 1, 1), id="one run in two halves"),
        pytest.param([[A[0], A[1], A[1], A[2]]], 1, (0, 0, 1), id="an update told twice"),
        pytest.param([[*A, A[2]]], 1, (0, 1, 1), id="closed twice"),
        pytest.param([runs(2), runs(1)], 4, (3, 0, 0), id="the last boot told of one run of four"),
        pytest.param([runs(1), []], 2, (1, 0, 0), id="the last boot told nothing of what it judged"),
        pytest.param([[*whole(0), *whole(2)]], 3, (1, 0, 0), id="a run left out"),
        pytest.param([[A[0], A[1], replace(A[2], frames_anomalous=2, last_frame=5)]], 1, (0, 0, 1), id="fewer frames"),
        pytest.param([[replace(one, camera="other") for one in A]], 1, (0, 0, 1), id="another camera"),
        pytest.param([[replace(one, bundle_digest="beef") for one in A]], 1, (0, 0, 1), id="another bundle"),
        pytest.param([[replace(one, threshold=9.0) for one in A]], 1, (0, 0, 1), id="another threshold"),
        pytest.param([[replace(one, peak_score=5.2) for one in A]], 1, (0, 0, 1), id="another score"),
        pytest.param([[replace(one, evidence=None) for one in A]], 1, (0, 0, 1), id="no evidence"),
        pytest.param([[A[0]], [A[1]], [A[2], *B]], 1, (0, 0, 1), id="three boots told of one event"),
        pytest.param([[A[0]], [replace(A[2], peak_score=5.04), *B]], 1, (0, 0, 1), id="closed with news after death"),
        pytest.param([[A[0], A[1]], [*B]], 1, (1, 0, 0), id="never closed"),
        pytest.param([[A[1], A[2]]], 1, (1, 0, 1), id="never opened"),
    ],
)
def test_what_is_wrong_is_counted(tmp_path: Path, boots: Boots, periods: int, expected: tuple[int, int, int]) -> None:
    assert faults(judge(tmp_path, boots, judged=periods * PERIOD_FRAMES, kills=len(boots))) == expected


def test_what_is_not_in_the_store_is_lost(tmp_path: Path) -> None:
    lost, _, wrong = faults(judge(tmp_path, [runs(3)], judged=3 * PERIOD_FRAMES, unstored=1))
    assert lost >= 2  # the ledger and the log know of it
    assert wrong >= 1  # the chain has a hole


def test_a_log_that_says_too_little_cannot_vouch_for_anything(tmp_path: Path) -> None:
    boots = [runs(4)]
    assert faults(judge(tmp_path, boots, judged=4 * PERIOD_FRAMES, kills=1, unlogged=3)) == (0, 0, 0)
    other = tmp_path / "other"
    other.mkdir()
    assert judge(other, boots, judged=4 * PERIOD_FRAMES, kills=1, unlogged=5).wrong == 2
