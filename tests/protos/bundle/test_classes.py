"""Names are given by similarity, and rather not than wrongly."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.protos.bundle import ClassBank, DefectClass, TargetClasses, direction_of

EAST, NORTH, WEST = (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)


def bank(*directions: tuple[float, float], least_similarity: float = 0.4, least_margin: float = 0.05) -> ClassBank:
    classes = tuple(
        DefectClass(name=f"class {number}", examples=1, prototype=direction)
        for number, direction in enumerate(directions)
    )
    return ClassBank(
        targets=(TargetClasses(target="cpu", classes=classes),),
        least_similarity=least_similarity,
        least_margin=least_margin,
    )


def at(degrees: float, length: float = 1.0) -> tuple[float, float]:
    return length * math.cos(math.radians(degrees)), length * math.sin(math.radians(degrees))


def test_the_most_similar_class_gives_its_name_however_long_vectors_are() -> None:
    known = bank(EAST, at(90, 0.3), WEST)
    assert known.name("cpu", at(10, 500.0)) == "class 0"
    assert known.name("cpu", at(80, 1e-6)) == "class 1"


def test_what_is_like_none_or_like_two_gets_no_name() -> None:
    known = bank(EAST, NORTH)
    assert known.name("cpu", at(-60)) == "class 0"
    assert known.name("cpu", at(-70)) == ""
    assert known.name("cpu", at(44)) == ""
    assert known.name("cpu", at(40)) == "class 0"


@pytest.mark.parametrize("nowhere", [(0.0, 0.0), (math.nan, 1.0), (math.inf, 1.0)])
def test_what_points_nowhere_gets_no_name(nowhere: tuple[float, float]) -> None:
    assert direction_of(nowhere) is None
    assert bank(EAST).name("cpu", nowhere) == ""


def test_a_target_that_the_bank_does_not_know_names_nothing() -> None:
    assert bank(EAST).name("fpga", EAST) == ""
    assert bank(EAST).names == ("class 0",)


@given(st.lists(st.floats(0, 360), min_size=1, max_size=6), st.floats(0, 360))
def test_a_name_is_that_of_the_nearest_by_angle(classes: list[float], shown: float) -> None:
    known = bank(*(at(degrees) for degrees in classes), least_similarity=-1.0, least_margin=0.0)
    name = known.name("cpu", at(shown))
    apart = [abs((degrees - shown + 180) % 360 - 180) for degrees in classes]
    assert apart[int(name.split()[1])] == pytest.approx(min(apart), abs=1e-4)
