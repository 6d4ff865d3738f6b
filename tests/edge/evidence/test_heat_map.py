import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from linewatch.edge.evidence.heat_map import LARGEST_SIDE, shrink_map
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
