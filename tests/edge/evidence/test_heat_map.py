import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from linewatch.edge.decide.event import Region
from linewatch.edge.evidence.heat_map import LARGEST_SIDE, shrink_map, spread_map
from linewatch.edge.infer.verdict import FloatArray

_maps = hnp.arrays(
    np.float32, st.tuples(st.integers(1, 100), st.integers(1, 100)), elements=st.floats(-10, 10, width=32)
)


@given(_maps)
@example(np.full((1, 33), np.finfo(np.float32).tiny, np.float32))  # shrinking leaves a difference below float32's range
@example(np.array([[-3e38, 3e38]], np.float32))
def test_a_heat_map_is_small_and_complete(anomaly_map: FloatArray) -> None:
    heat_map = shrink_map(anomaly_map)
    assert 1 <= heat_map.width <= LARGEST_SIDE
    assert 1 <= heat_map.height <= LARGEST_SIDE
    assert len(heat_map.cells) == heat_map.width * heat_map.height
    if anomaly_map.shape[0] <= LARGEST_SIDE and anomaly_map.shape[1] <= LARGEST_SIDE:
        assert (heat_map.height, heat_map.width) == anomaly_map.shape


def test_cells_run_from_the_smallest_to_the_largest_value_row_by_row() -> None:
    heat_map = shrink_map(np.array([[-1, 0, 1], [0, 1, 3]], np.float32))
    assert list(heat_map.cells) == [0, 64, 128, 64, 128, 255]
    assert (heat_map.width, heat_map.height) == (3, 2)


def test_a_flat_map_is_zero() -> None:
    assert set(shrink_map(np.full((5, 5), 7, np.float32)).cells) == {0}


def test_the_map_of_a_part_lies_at_its_place_in_the_frame() -> None:
    anomaly_map = np.array([[1, 2], [3, 9]], np.float32)
    whole = spread_map(anomaly_map, Region(x=60, y=20, width=40, height=40), 120, 80)
    expected = np.ones((4, 6), np.float32)
    expected[1:3, 3:5] = anomaly_map
    np.testing.assert_array_equal(whole, expected)
    assert spread_map(anomaly_map, Region(x=0, y=0, width=120, height=80), 120, 80) is anomaly_map


@given(_maps, st.data(), st.integers(1, 3000), st.integers(1, 3000))
def test_the_peak_of_a_part_lies_in_it(anomaly_map: FloatArray, data: st.DataObject, width: int, height: int) -> None:
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    seen = Region(x=x, y=y, width=data.draw(st.integers(1, width - x)), height=data.draw(st.integers(1, height - y)))
    whole = spread_map(anomaly_map, seen, width, height)
    if whole.max() > whole.min():
        row, column = np.unravel_index(int(whole.argmax()), whole.shape)
        cell = (height / whole.shape[0], width / whole.shape[1])
        assert y - cell[0] <= (row + 0.5) * cell[0] <= y + seen.height + cell[0]
        assert x - cell[1] <= (column + 0.5) * cell[1] <= x + seen.width + cell[1]
