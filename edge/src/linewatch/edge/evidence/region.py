"""Where in the frame the anomaly is."""

import cv2
import numpy as np

from linewatch.edge.decide.event import Region
from linewatch.edge.infer.verdict import FloatArray


def find_region(anomaly_map: FloatArray, threshold: float, width: int, height: int) -> Region:
    """The box around the strongest anomaly of a frame of `width` x `height` pixels.

    The connected component (8 neighbours) of the cells at or above `threshold` that holds the largest cell. Where no
    cell reaches the threshold, although the frame did, the middle between the median and the largest cell stands in.

    Args:
        anomaly_map: float32[h, w]; may be coarser or finer than the frame.
    """
    peak = np.unravel_index(int(np.nanargmax(anomaly_map)), anomaly_map.shape)
    largest = float(anomaly_map[peak])
    if largest < threshold:
        threshold = (float(np.median(anomaly_map)) + largest) / 2
    above = (anomaly_map >= threshold).astype(np.uint8)
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(above, connectivity=8)
    left, top, columns, rows = (int(value) for value in boxes[labels[peak], :4])
    return _scale(left, top, left + columns, top + rows, anomaly_map.shape, width, height)


def _scale(left: int, top: int, right: int, bottom: int, cells: tuple[int, ...], width: int, height: int) -> Region:
    rows, columns = cells
    x, y = left * width // columns, top * height // rows
    # Ceiling, so that a region always holds the whole of its cells and is never empty.
    x_end, y_end = -(-right * width // columns), -(-bottom * height // rows)
    return Region(x=x, y=y, width=x_end - x, height=y_end - y)
