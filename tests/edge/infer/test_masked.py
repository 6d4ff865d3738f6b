from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.tiny_bundle import CELL, grey_frame, make_bundle
from linewatch.edge.capture.frame import Frame
from linewatch.edge.capture.mask import Mask
from linewatch.edge.errors import BundleRefused, InferenceError
from linewatch.edge.infer.batch import judge_together
from linewatch.edge.infer.engine import Engine
from linewatch.edge.infer.masked import look_past, score_of
from linewatch.edge.infer.model import Model, load_model
from linewatch.edge.infer.verdict import FloatArray, Judged, Verdict
from linewatch.protos.bundle import RegionOfInterest


def verdict(cells: FloatArray, count: int) -> Verdict:
    return Verdict(score_of(cells.ravel(), count), 1.0, cells, np.ones(3, np.float32), "a" * 64)


GRIDS = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(0, 10_000))


@given(GRIDS, st.integers(1, 12))
def test_the_score_is_that_of_a_map_of_the_rest_alone(grid: tuple[int, int, int], count: int) -> None:
    rows, columns, seed = grid
    random = np.random.default_rng(seed)
    cells = random.random((rows, columns), np.float32)
    hidden = random.random((rows, columns)) < 0.4
    if hidden.all() or not hidden.any():
        return
    found = look_past(verdict(cells, count), Mask(hidden), count)
    rest = sorted(cells[~hidden].tolist(), reverse=True)[:count]
    assert found.score == pytest.approx(sum(rest) / len(rest), rel=1e-5)
    assert found.anomaly_map is not None
    assert np.array_equal(found.anomaly_map[~hidden], cells[~hidden])
    assert np.all(found.anomaly_map[hidden] == cells[~hidden].min())
    if len(rest) == count:  # with as many cells to choose from, hiding some makes no frame odder
        assert found.score <= verdict(cells, count).score + 1e-6


def test_no_defect_is_named_by_what_is_hidden() -> None:
    cells = np.full((2, 2), 0.5, np.float32)
    mask = Mask(np.array([[True, False], [False, False]]))
    cells[0, 0] = 0.1
    assert look_past(verdict(cells, 1), mask, 1).embedding is not None
    cells[0, 0] = 0.3
    assert look_past(verdict(cells, 1), mask, 1).embedding is None


def test_what_leaves_nothing_cannot_be_judged() -> None:
    mask = Mask(np.array([[True, False]]))
    left = replace(verdict(np.ones((2, 2), np.float32), 1), region=RegionOfInterest(left=0, top=0, width=0.5, height=1))
    with pytest.raises(InferenceError, match="hides all"):
        look_past(left, mask, 1)
    with pytest.raises(InferenceError, match="does not tell"):
        look_past(replace(left, anomaly_map=None), mask, 1)


def hide_the_spot() -> Mask:
    hidden = np.zeros((3, 4), bool)
    hidden[1, 2] = True
    return Mask(hidden)


def test_frames_are_judged_by_what_their_own_mask_leaves(model: Model) -> None:
    bad = grey_frame(spot=True)
    worse = bad.copy()
    worse[:CELL, :CELL] = 60
    mask = hide_the_spot()
    frames = [
        Frame("a", 0, bad, 0, 0.0),
        Frame("b", 0, bad, 0, 0.0, mask=mask),
        Frame("b", 1, worse, 0, 0.0, mask=mask),
    ]
    results = judge_together(model, frames)
    assert all(isinstance(one, Judged) for one in results)
    scores = [one.verdict.score for one in results if isinstance(one, Judged)]
    assert scores == pytest.approx([2.0, 0.0, (128 - 60) / 64])
    assert model.judge(worse, mask=mask).score == pytest.approx(scores[2])


def test_a_bundle_that_does_not_tell_the_score_of_a_part_is_refused(tmp_path: Path) -> None:
    make_bundle(tmp_path / "old", score_cells=0)
    make_bundle(tmp_path / "wrong", score_cells=2)
    make_bundle(tmp_path / "new")
    engine = Engine(masked=True)
    with pytest.raises(BundleRefused, match="does not tell the score of a part of a frame, and a camera has a mask"):
        engine.swap(tmp_path / "old")
    with pytest.raises(
        BundleRefused, match=r"because a camera has a mask: golden picture golden/1.png scores 2, and .* 1"
    ):
        engine.swap(tmp_path / "wrong")
    engine.swap(tmp_path / "new")
    for name in ("old", "wrong"):
        Engine().swap(tmp_path / name)
    with pytest.raises(InferenceError, match="does not tell"):
        load_model(tmp_path / "old").judge(grey_frame(), mask=hide_the_spot())
