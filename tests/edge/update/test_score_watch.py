"""Scores that leave the band of the validation are noticed; a few defects and a broken camera are not."""

from pathlib import Path

import numpy as np
import pytest

from edge.tiny_bundle import TARGET, grey_frame, make_bundle
from linewatch.edge.capture.frame import Frame
from linewatch.edge.infer.verdict import Judged, Verdict
from linewatch.edge.update.score_watch import BLOCK_FRAMES, BLOCK_S, BLOCKS, ScoreWatch
from linewatch.protos.bundle import Target

SECONDS = BLOCK_S / BLOCK_FRAMES * 1.01
LONG = (BLOCKS + 1) * BLOCK_FRAMES


@pytest.fixture
def target(tmp_path: Path) -> Target:
    """Normal pictures scored 0 to 0.5 in its validation, and 1 is the threshold."""
    return make_bundle(tmp_path / "b").target(TARGET)


@pytest.fixture
def watch(target: Target) -> ScoreWatch:
    made = ScoreWatch()
    made.serve("d", target)
    made.keep_exhibits()
    return made


def show(
    watch: ScoreWatch, scores: list[float], *, camera: str = "c", digest: str = "d", threshold: float = 1.0
) -> None:
    for number, score in enumerate(scores):
        frame = Frame(camera, number, grey_frame(), 0, number * SECONDS, (grey_frame(),))
        watch.frame(Judged(frame, Verdict(score, threshold, None, None, digest)))


def test_scores_within_the_band_say_nothing(watch: ScoreWatch) -> None:
    show(watch, [0.1, 0.4] * LONG)
    assert watch.outside() == {}
    assert watch.exhibits() == []


@pytest.mark.parametrize(("score", "said"), [(0.7, "above 0.5"), (-0.1, "below 0")])
def test_a_median_outside_the_band_is_told_after_a_minute(watch: ScoreWatch, score: float, said: str) -> None:
    show(watch, [score] * (BLOCKS * BLOCK_FRAMES - BLOCK_FRAMES // 2))
    assert watch.outside() == {}
    show(watch, [score] * LONG)
    assert said in watch.outside()["c"]


def test_a_run_of_defects_does_not_move_the_median(watch: ScoreWatch) -> None:
    show(watch, [3.0 if number % 5 < 2 else 0.2 for number in range(2 * LONG)])
    assert watch.outside() == {}


def test_a_camera_that_broke_begins_anew_and_others_do_not(watch: ScoreWatch) -> None:
    for camera in ("c", "e"):
        show(watch, [0.7] * LONG, camera=camera)
    watch.ended("c")
    assert list(watch.outside()) == ["e"]


def test_another_bundle_begins_anew_and_late_frames_of_the_old_one_do_not_count(
    watch: ScoreWatch, target: Target
) -> None:
    show(watch, [0.7] * LONG)
    watch.serve("n", target)
    assert (watch.outside(), watch.exhibits()) == ({}, [])
    show(watch, [0.7] * LONG)
    assert (watch.outside(), watch.exhibits()) == ({}, [])


def test_what_an_operator_taught_to_be_normal_does_not_count(watch: ScoreWatch) -> None:
    show(watch, [0.9] * LONG, threshold=1.5)
    assert watch.outside() == {}


def test_no_exhibits_are_kept_where_no_bundle_can_be_asked(target: Target) -> None:
    watch = ScoreWatch()
    watch.serve("d", target)
    show(watch, [2.0] * LONG)
    assert (list(watch.outside()), watch.exhibits()) == (["c"], [])


def test_exhibits_are_few_and_copies(watch: ScoreWatch) -> None:
    show(watch, [2.0] * 10 * LONG)
    exhibits = watch.exhibits()
    assert 1 < len(exhibits) <= 8
    assert all(one.picture.rgb().flags.owndata and len(one.before) == 1 for one in exhibits)
    assert np.array_equal(exhibits[0].picture.rgb(), grey_frame())
    watch.forget()
    assert (watch.outside(), watch.exhibits()) == ({}, [])
