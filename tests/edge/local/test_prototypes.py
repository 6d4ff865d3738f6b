import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.tiny_bundle import TARGET
from linewatch.edge.errors import TeachingRefused
from linewatch.edge.infer.adjustments import Adjustments
from linewatch.edge.infer.verdict import Verdict
from linewatch.edge.local.effect import adjustments
from linewatch.edge.local.prototypes import (
    LEAST_OF_ONE,
    LEAST_SIMILARITY,
    OF_OTHERS,
    Seen,
    defect_prototype,
    good_prototype,
)
from linewatch.protos.bundle import DefectClass

FACINGS = st.lists(
    st.tuples(*[st.floats(-1, 1, width=32)] * 3).filter(lambda one: np.linalg.norm(one) > 0.1), min_size=1, max_size=5
)


def verdict(*facing: float, score: float = 2.0, cells: int = 3) -> Verdict:
    anomaly_map = np.zeros((4, 5), np.float32)
    anomaly_map.flat[:cells] = score
    return Verdict(score, 1.0, anomaly_map, np.array(facing, np.float32), "a" * 64, TARGET)


def seen(*facing: float, score: float = 2.0, cells: int = 3) -> Seen:
    return Seen.of(verdict(*facing, score=score, cells=cells))


def good(*pictures: Seen) -> Adjustments:
    return adjustments([good_prototype(pictures, [], []).taught], TARGET, None)


@given(FACINGS)
def test_what_taught_is_normal_from_now_on(facings: list[tuple[float, float, float]]) -> None:
    taught = good(*(seen(*facing) for facing in facings))
    assert all(taught.apply(verdict(*facing)).taught_good for facing in facings)


@given(FACINGS, st.sampled_from([(1.0, 0.0, 0.0), (0.5, 0.5, 0.5), (0.0, -1.0, 0.2)]))
def test_a_defect_that_the_bundle_shows_is_never_hidden(
    facings: list[tuple[float, float, float]], facing: tuple[float, float, float]
) -> None:
    try:
        found = good_prototype([seen(*one) for one in facings], [seen(*facing)], [])
    except TeachingRefused:
        return
    assert adjustments([found.taught], TARGET, None).apply(verdict(*facing)).anomalous


def test_the_radius_follows_how_alike_the_pictures_are() -> None:
    alone = good_prototype([seen(1, 0, 0)], [], [])
    assert alone.taught.least_similarity == LEAST_OF_ONE
    assert "one picture is little" in alone.warnings[-1]
    alike = good_prototype([seen(1, 0, 0), seen(1, 0.05, 0)], [], []).taught.least_similarity
    assert alike == pytest.approx(OF_OTHERS, abs=0.01)
    unlike = good_prototype([seen(1, 0, 0), seen(0, 1, 0)], [], [])
    assert unlike.taught.least_similarity == LEAST_SIMILARITY
    assert "2 of 2 pictures" in unlike.warnings[-1]


def test_a_known_class_refuses_and_a_stronger_defect_does_not() -> None:
    known = [DefectClass(name="crack", examples=1, prototype=(0.9, 0.1, 0.0))]
    with pytest.raises(TeachingRefused, match="known defect 'crack'"):
        good_prototype([seen(1, 0, 0)], [], known)
    with pytest.raises(TeachingRefused, match="looks the same"):
        good_prototype([seen(1, 0, 0)], [seen(1, 0.01, 0)], [])
    strong = good_prototype([seen(1, 0, 0)], [seen(1, 0.01, 0, score=5.0), seen(1, 0, 0, cells=9)], [])
    assert strong.taught.least_similarity == LEAST_OF_ONE


def test_a_class_is_the_mean_of_its_pictures() -> None:
    made = defect_prototype("crack", [seen(2, 0, 0), seen(0, 3, 0)])
    assert (made.examples, made.prototype) == (2, (0.5, 0.5, 0.0))
    with pytest.raises(TeachingRefused, match="nothing in common"):
        defect_prototype("crack", [seen(1, 0, 0), seen(-1, 0, 0)])


def test_a_bundle_without_embeddings_is_told_of() -> None:
    with pytest.raises(TeachingRefused, match="no embeddings"):
        Seen.of(Verdict(2.0, 1.0, None, None, "a" * 64))
    with pytest.raises(TeachingRefused, match="nothing that differs"):
        seen(0, 0, 0)


def at(row: int, column: int) -> Verdict:
    anomaly_map = np.zeros((12, 16), np.float32)
    anomaly_map[row, column] = 2.0
    return Verdict(2.0, 1.0, anomaly_map, np.array((1.0, 0.0, 0.0), np.float32), "a" * 64, TARGET)


def test_what_lies_at_one_place_is_good_there_alone() -> None:
    taught = good(Seen.of(at(3, 4)), Seen.of(at(4, 5)), Seen.of(at(3, 5)))
    assert taught.apply(at(2, 6)).taught_good
    assert taught.apply(at(9, 4)).anomalous
    alone = good(Seen.of(at(3, 4)))
    assert alone.apply(at(5, 6)).taught_good
    assert alone.apply(at(6, 4)).anomalous


def test_what_wanders_is_good_anywhere() -> None:
    taught = good(Seen.of(at(1, 1)), Seen.of(at(10, 14)), Seen.of(at(1, 14)))
    assert taught.apply(at(9, 4)).taught_good


def test_the_place_of_another_map_holds_nothing() -> None:
    taught = good(Seen.of(at(3, 4)))
    assert taught.apply(verdict(1, 0, 0, cells=1)).anomalous
