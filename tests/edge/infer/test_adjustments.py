from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.tiny_bundle import TARGET, colour_bank, grey_frame
from linewatch.edge.infer.adjustments import NOTHING_TAUGHT, Adjustments, TaughtGood
from linewatch.edge.infer.engine import Engine
from linewatch.edge.infer.model import Model
from linewatch.edge.infer.verdict import Verdict

GOOD = TaughtGood(
    directions=np.array([[1.0, 0.0, 0.0]], np.float32), least_similarity=0.8, most_score=3.0, strange=1.0, most_cells=2
)


def verdict(
    embedding: tuple[float, float, float] = (5.0, 0.1, 0.0), *, score: float = 2.0, cells: int = 1, **given: object
) -> Verdict:
    anomaly_map = np.zeros((2, 3), np.float32)
    anomaly_map.flat[:cells] = score
    plain = Verdict(score, 1.0, anomaly_map, np.array(embedding, np.float32), "a" * 64, TARGET)
    return replace(plain, **given)  # type: ignore[arg-type]


def test_what_was_taught_as_good_is_normal_and_keeps_its_score() -> None:
    seen = Adjustments(goods=(GOOD,)).apply(verdict())
    assert (seen.anomalous, seen.taught_good, seen.score, seen.threshold) == (False, True, 2.0, 1.0)


@pytest.mark.parametrize(
    "other",
    [
        verdict((0.1, 5.0, 0.0)),
        verdict((-1.0, 0.0, 0.0)),
        verdict((0.0, 0.0, 0.0)),
        verdict(score=3.1),
        verdict(cells=3),
        verdict(embedding=(float("nan"), 0.0, 0.0)),
        replace(verdict(), embedding=None),
        replace(verdict(), anomaly_map=None),
    ],
)
def test_more_or_else_than_was_taught_stays_anomalous(other: Verdict) -> None:
    assert Adjustments(goods=(GOOD,)).apply(other).anomalous


def test_what_is_more_like_a_known_defect_stays_anomalous() -> None:
    near, far = colour_bank({"spot": (1.0, 0.02, 0.0)}), colour_bank({"spot": (0.0, 1.0, 0.0)})
    taught = Adjustments(goods=(GOOD,))
    assert taught.apply(verdict(classes=near)).anomalous
    assert not taught.apply(verdict(classes=far)).anomalous
    assert replace(taught, classes=near).apply(verdict()).anomalous


@given(
    score=st.floats(0, 5),
    threshold=st.none() | st.floats(0.1, 5),
    embedding=st.tuples(*[st.floats(-1, 1, width=32)] * 3),
)
def test_good_prototypes_only_take_alarms_away(
    score: float, threshold: float | None, embedding: tuple[float, float, float]
) -> None:
    plain = Adjustments(threshold=threshold).apply(verdict(embedding, score=score))
    taught = Adjustments(threshold=threshold, goods=(GOOD,)).apply(verdict(embedding, score=score))
    assert plain.false_positive_rate is None
    assert plain.threshold == (1.0 if threshold is None else threshold)
    assert plain.anomalous == (score >= plain.threshold)
    assert not taught.anomalous or plain.anomalous
    assert taught.taught_good == (plain.anomalous and not taught.anomalous)


def test_an_engine_takes_what_was_taught_without_a_new_bundle(bundle_folder: Path) -> None:
    engine, spot = Engine(), grey_frame(spot=True)
    before = engine.swap(bundle_folder)
    engine.adjust(lambda model: Adjustments(threshold=2.5) if model.digest == before.digest else NOTHING_TAUGHT)
    assert engine.current() is not before
    assert [before.judge(spot).anomalous, engine.current().judge(spot).anomalous] == [True, False]
    assert engine.swap(bundle_folder).judge(spot).threshold == 2.5
    engine.adjust(lambda _: NOTHING_TAUGHT)
    assert engine.current().judge(spot).anomalous


def test_a_model_is_left_as_it_is(model: Model) -> None:
    model.adjusted(Adjustments(threshold=9.0))
    assert model.adjustments is NOTHING_TAUGHT
