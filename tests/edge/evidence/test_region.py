import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from linewatch.edge.decide.event import Region
from linewatch.edge.evidence.region import find_regions, seen_part
from linewatch.edge.infer.verdict import FloatArray
from linewatch.protos.bundle import RegionOfInterest

_maps = hnp.arrays(np.float32, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.floats(-2, 3, width=32))

_small_maps = hnp.arrays(
    np.float32, st.tuples(st.integers(1, 15), st.integers(1, 15)), elements=st.floats(-2, 3, width=32)
)


def whole(width: int, height: int) -> Region:
    return seen_part(None, width, height)


def find_region(anomaly_map: FloatArray, threshold: float, seen: Region) -> Region:
    """The strongest."""
    return find_regions(anomaly_map, threshold, seen, most=8)[0]


def spots(*places: tuple[int, int, float]) -> FloatArray:
    """A map of 20 x 20 cells, normal but for cells at (row, column)."""
    anomaly_map = np.zeros((20, 20), np.float32)
    for row, column, value in places:
        anomaly_map[row, column] = value
    return anomaly_map


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
    assert any(
        region.x * columns <= (column + 0.5) * width <= (region.x + region.width) * columns
        and region.y * rows <= (row + 0.5) * height <= (region.y + region.height) * rows
        for row, column in np.argwhere(anomaly_map == anomaly_map.max())
    )


def test_all_regions_are_found_the_strongest_first() -> None:
    anomaly_map = spots((2, 3, 1.5), (10, 10, 4.0), (18, 1, 2.0), (5, 15, 0.9))
    found = find_regions(anomaly_map, 1.0, whole(200, 200), most=8)
    assert [(region.x, region.y) for region in found] == [(100, 100), (10, 180), (30, 20)]
    assert find_regions(anomaly_map, 1.0, whole(200, 200), most=2) == found[:2]


def test_regions_that_are_near_each_other_are_one_and_those_of_a_chain_too() -> None:
    anomaly_map = spots((2, 2, 1.5), (2, 5, 2.0), (2, 8, 1.2), (2, 14, 3.0))
    apart = find_regions(anomaly_map, 1.0, whole(200, 200), merge_gap=(19, 19), most=8)
    assert len(apart) == 4
    merged = find_regions(anomaly_map, 1.0, whole(200, 200), merge_gap=(20, 20), most=8)
    assert merged == (Region(x=140, y=20, width=10, height=10), Region(x=20, y=20, width=70, height=10))


@given(_small_maps, st.floats(-2, 3), st.integers(1, 300), st.integers(1, 300), st.floats(0, 0.3))
def test_regions_hold_every_anomalous_cell_and_none_is_near_another(
    anomaly_map: FloatArray, threshold: float, width: int, height: int, gap: float
) -> None:
    rows, columns = anomaly_map.shape
    across, down = gap * columns, gap * rows
    # In a frame of one pixel a cell, so that boxes are not rounded.
    found = find_regions(anomaly_map, threshold, whole(columns, rows), merge_gap=(across, down), most=10_000)
    inside = np.zeros((rows, columns), bool)
    for region in found:
        inside[region.y : region.y + region.height, region.x : region.x + region.width] = True
    assert inside[anomaly_map >= threshold].all()
    for at, one in enumerate(found):
        for other in found[at + 1 :]:
            between = max(one.x, other.x) - min(one.x + one.width, other.x + other.width)
            below = max(one.y, other.y) - min(one.y + one.height, other.y + other.height)
            assert between > across or below > down
    scaled = find_regions(anomaly_map, threshold, whole(width, height), most=4)
    assert 1 <= len(scaled) <= 4


def test_a_map_full_of_holes_is_still_told_of_in_a_few_regions() -> None:
    anomaly_map = np.zeros((200, 200), np.float32)
    anomaly_map[::4, ::4] = 1.0 + np.arange(2500, dtype=np.float32).reshape(50, 50) / 2500
    found = find_regions(anomaly_map, 1.0, whole(200, 200), most=8)
    assert len(found) == 8
    assert (found[0].x, found[0].y) == (196, 196)
