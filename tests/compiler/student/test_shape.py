import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.compiler.errors import WrongUse
from linewatch.compiler.student.shape import DISCRIMINATOR, GAUSSIAN, StudentShape, suited_heads


@given(rows=st.integers(2, 40), columns=st.integers(2, 40))
def test_every_multiple_of_the_step_is_a_size(rows: int, columns: int) -> None:
    shape = StudentShape(height=32 * rows, width=32 * columns)
    assert shape.grid == (4 * rows, 4 * columns)


@pytest.mark.parametrize("size", [(256, 250), (32, 256), (0, 256), (256, 4128)])
def test_other_sizes_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(WrongUse, match="multiples of 32 from 64 to 4096"):
        StudentShape(height=size[0], width=size[1])


@pytest.mark.parametrize("heads", [(), ("nose",), (GAUSSIAN, GAUSSIAN)])
def test_heads_that_do_not_exist_are_refused(heads: tuple[str, ...]) -> None:
    with pytest.raises(WrongUse, match="judges by one or more of gaussian, discriminator"):
        StudentShape(heads=heads)


def test_more_cells_than_there_are_cannot_be_scored() -> None:
    with pytest.raises(WrongUse, match="1 to 64 cells"):
        StudentShape(height=64, width=64, score_cells=65)


def test_labels_bring_the_discriminator_and_lost_places_leave_it_alone() -> None:
    assert suited_heads(by_place=True, labelled=False) == (GAUSSIAN,)
    assert suited_heads(by_place=True, labelled=True) == (GAUSSIAN, DISCRIMINATOR)
    assert (
        suited_heads(by_place=False, labelled=False) == suited_heads(by_place=False, labelled=True) == (DISCRIMINATOR,)
    )
