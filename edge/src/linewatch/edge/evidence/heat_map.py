"""The anomaly map as a few bytes."""

import cv2
import numpy as np

from linewatch.edge.decide.event import HeatMap
from linewatch.edge.infer.verdict import FloatArray

LARGEST_SIDE = 32


def shrink_map(anomaly_map: FloatArray) -> HeatMap:
    """The map float32[h, w] in at most 32 x 32 cells: 0 is its smallest value, 255 its largest.

    A map of one single value gives zeros.
    """
    rows, columns = anomaly_map.shape
    shrink = min(1.0, LARGEST_SIDE / max(rows, columns))
    size = (max(1, round(columns * shrink)), max(1, round(rows * shrink)))
    small = cv2.resize(np.nan_to_num(anomaly_map), size, interpolation=cv2.INTER_AREA)
    # In double precision, where neither the difference of two float32 nor its quotient can overflow.
    above = np.subtract(small, small.min(), dtype=np.float64)
    highest = float(above.max())
    cells = np.rint(255.0 * (above / highest if highest > 0 else above)).astype(np.uint8)
    return HeatMap(width=size[0], height=size[1], cells=cells.tobytes())
