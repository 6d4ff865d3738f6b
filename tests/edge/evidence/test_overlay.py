import numpy as np

from linewatch.edge.decide.event import Region
from linewatch.edge.evidence.overlay import paint_overlay

WHOLE = Region(x=0, y=0, width=64, height=64)


def test_anomalies_turn_red_and_the_rest_blue() -> None:
    frame = np.full((64, 64, 3), 128, np.uint8)
    anomaly_map = np.zeros((8, 8), np.float32)
    anomaly_map[:, 4:] = 2.0
    painted = paint_overlay(frame, anomaly_map, 1.0, WHOLE)
    left, right = painted[:, :24].reshape(-1, 3).mean(axis=0), painted[:, 40:].reshape(-1, 3).mean(axis=0)
    assert left[2] > left[0]
    assert right[0] > right[2]
    assert np.array_equal(frame, np.full((64, 64, 3), 128, np.uint8))


def test_the_region_gets_a_white_box() -> None:
    frame = np.zeros((64, 64, 3), np.uint8)
    painted = paint_overlay(frame, np.zeros((8, 8), np.float32), 1.0, WHOLE, [Region(x=8, y=16, width=24, height=8)])
    white = np.argwhere((painted == 255).all(axis=2))
    assert white.min(axis=0).tolist() == [16, 8]
    assert white.max(axis=0).tolist() == [23, 31]


def test_only_what_was_seen_is_painted() -> None:
    frame, seen = np.full((64, 64, 3), 128, np.uint8), Region(x=32, y=8, width=24, height=40)
    painted = paint_overlay(frame, np.ones((5, 3), np.float32), 1.0, seen)
    changed = np.argwhere((painted != frame).any(axis=2))
    assert changed.min(axis=0).tolist() == [8, 32]
    assert changed.max(axis=0).tolist() == [47, 55]
