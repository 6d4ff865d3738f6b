"""The anomaly map as a few bytes."""

import cv2
import numpy as np

from linewatch.edge.decide.event import HeatMap, Region
from linewatch.edge.infer.verdict import FloatArray

LARGEST_SIDE = 32
_MOST_CELLS = 512


def spread_map(anomaly_map: FloatArray, seen: Region, width: int, height: int) -> FloatArray:
    """The map float32[h, w] of the part `seen` as one of the whole frame of `width` x `height` pixels.

    What nobody looked at gets the map's smallest value. Cells keep about the size that they have.
    """
    if (seen.width, seen.height) == (width, height):
        return anomaly_map
    rows, columns = anomaly_map.shape
    across, down = (min(_MOST_CELLS, side) for side in (columns * width / seen.width, rows * height / seen.height))
    size = (max(1, round(across)), max(1, round(down)))
    left, right = (round(size[0] * edge / width) for edge in (seen.x, seen.x + seen.width))
    top, bottom = (round(size[1] * edge / height) for edge in (seen.y, seen.y + seen.height))
    left, top = min(left, size[0] - 1), min(top, size[1] - 1)
    inside = (max(1, right - left), max(1, bottom - top))
    fitted = cv2.resize(np.nan_to_num(anomaly_map), inside, interpolation=cv2.INTER_AREA)
    whole = np.full(size[::-1], fitted.min(), np.float32)
    whole[top : top + inside[1], left : left + inside[0]] = fitted
    return whole


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
