"""Where in the frame the anomaly is."""

import cv2
import numpy as np

from linewatch.edge.decide.event import Region
from linewatch.edge.infer.verdict import FloatArray
from linewatch.protos.bundle import RegionOfInterest


def seen_part(region: RegionOfInterest | None, width: int, height: int) -> Region:
    """What a bundle looks at in frames of `width` x `height` pixels."""
    if region is None:
        return Region(x=0, y=0, width=width, height=height)
    rows, columns = region.pixels(height, width)
    return Region(x=columns.start, y=rows.start, width=columns.stop - columns.start, height=rows.stop - rows.start)


def find_region(anomaly_map: FloatArray, threshold: float, seen: Region) -> Region:
    """The box around the strongest anomaly of a frame.

    The connected component (8 neighbours) of the cells at or above `threshold` that holds the largest cell. Where no
    cell reaches the threshold, although the frame did, the middle between the median and the largest cell stands in.

    Args:
        anomaly_map: float32[h, w]; may be coarser or finer than the frame.
        threshold: from which a cell is anomalous.
        seen: the part of the frame that the map covers.
    """
    peak = np.unravel_index(int(np.nanargmax(anomaly_map)), anomaly_map.shape)
    largest = float(anomaly_map[peak])
    if largest < threshold:
        threshold = (float(np.median(anomaly_map)) + largest) / 2
    above = (anomaly_map >= threshold).astype(np.uint8)
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(above, connectivity=8)
    left, top, columns, rows = (int(value) for value in boxes[labels[peak], :4])
    return _scale(left, top, left + columns, top + rows, anomaly_map.shape, seen)


def _scale(left: int, top: int, right: int, bottom: int, cells: tuple[int, ...], seen: Region) -> Region:
    rows, columns = cells
    x, y = left * seen.width // columns, top * seen.height // rows
    # Ceiling, so that a region always holds the whole of its cells and is never empty.
    x_end, y_end = -(-right * seen.width // columns), -(-bottom * seen.height // rows)
    return Region(x=seen.x + x, y=seen.y + y, width=x_end - x, height=y_end - y)
