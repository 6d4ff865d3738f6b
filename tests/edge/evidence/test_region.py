import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from linewatch.edge.decide.event import Region
from linewatch.edge.evidence.region import find_region, seen_part
from linewatch.edge.infer.verdict import FloatArray
from linewatch.protos.bundle import RegionOfInterest

_maps = hnp.arrays(np.float32, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.floats(-2, 3, width=32))


def whole(width: int, height: int) -> Region:
    return seen_part(None, width, height)


@given(_maps, st.integers(0, 50), st.integers(0, 50), st.integers(1, 700), st.integers(1, 700))
def test_a_part_of_the_frame_moves_the_box(
    anomaly_map: FloatArray, left: int, top: int, width: int, height: int
) -> None:
    alone = find_region(anomaly_map, 1.0, whole(width, height))
    found = find_region(anomaly_map, 1.0, Region(x=left, y=top, width=width, height=height))
    assert found == Region(x=left + alone.x, y=top + alone.y, width=alone.width, height=alone.height)


def test_the_part_that_is_seen_is_that_of_the_bundle() -> None:
    right_half = RegionOfInterest(left=0.5, top=0.25, width=0.5, height=0.5)
    assert seen_part(right_half, 200, 80) == Region(x=100, y=20, width=100, height=40)


def test_the_box_holds_the_component_of_the_largest_cell_alone() -> None:
    anomaly_map = np.zeros((8, 10), np.float32)
    anomaly_map[1:3, 2:5] = 1.2
    anomaly_map[2, 4] = 3.0
    anomaly_map[3, 5] = 1.1
    anomaly_map[6:8, 8:10] = 2.0
    assert find_region(anomaly_map, 1.0, whole(100, 80)) == Region(x=20, y=10, width=40, height=30)


def test_a_map_below_the_threshold_still_shows_its_peak() -> None:
    anomaly_map = np.full((4, 4), 0.1, np.float32)
    anomaly_map[3, 0] = 0.9
    assert find_region(anomaly_map, 1.0, whole(40, 40)) == Region(x=0, y=30, width=10, height=10)


@given(_maps, st.floats(-2, 3), st.integers(1, 700), st.integers(1, 700))
def test_the_box_lies_in_the_frame_and_holds_the_peak(
    anomaly_map: np.ndarray[tuple[int, int], np.dtype[np.float32]], threshold: float, width: int, height: int
) -> None:
    region = find_region(anomaly_map, threshold, whole(width, height))
    assert region.width >= 1
    assert region.height >= 1
    assert 0 <= region.x <= width - region.width
    assert 0 <= region.y <= height - region.height
    rows, columns = anomaly_map.shape
    row, column = divmod(int(anomaly_map.argmax()), columns)
    assert region.x * columns <= (column + 0.5) * width <= (region.x + region.width) * columns
    assert region.y * rows <= (row + 0.5) * height <= (region.y + region.height) * rows
