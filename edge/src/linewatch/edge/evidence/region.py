"""Where in the frame the anomalies are."""

from dataclasses import dataclass

import cv2
import numpy as np

from linewatch.edge.decide.event import Region
from linewatch.edge.infer.verdict import FloatArray
from linewatch.protos.bundle import RegionOfInterest

_MOST_SPOTS = 128
"""Of a map that is anomalous in more places, the strongest are looked at."""


def seen_part(region: RegionOfInterest | None, width: int, height: int) -> Region:
    """What a bundle looks at in frames of `width` x `height` pixels."""
    if region is None:
        return Region(x=0, y=0, width=width, height=height)
    rows, columns = region.pixels(height, width)
    return Region(x=columns.start, y=rows.start, width=columns.stop - columns.start, height=rows.stop - rows.start)


def find_regions(
    anomaly_map: FloatArray, threshold: float, seen: Region, *, merge_gap: tuple[float, float] = (0.0, 0.0), most: int
) -> tuple[Region, ...]:
    """The boxes around the anomalies of a frame, the strongest first; at least one.

    Each is a connected component (8 neighbours) of the cells at or above `threshold`; those whose boxes overlap or lie
    near each other are one. Where no cell reaches the threshold, although the frame did, the middle between the median
    and the largest cell stands in.

    Args:
        anomaly_map: float32[h, w]; may be coarser or finer than the frame.
        threshold: from which a cell is anomalous.
        seen: the part of the frame that the map covers.
        merge_gap: pixels, across and down, that boxes of one region may be apart.
        most: no more boxes than this.
    """
    rows, columns = anomaly_map.shape
    across, down = merge_gap[0] * columns / seen.width, merge_gap[1] * rows / seen.height
    merged: list[_Spot] = []
    for spot in _spots(anomaly_map, threshold):
        _absorb(merged, spot, across, down)
    merged.sort(key=lambda spot: -spot.strength)
    return tuple(_scale(spot, anomaly_map.shape, seen) for spot in merged[:most])


@dataclass(frozen=True, slots=True)
class _Spot:
    """A box in cells, ends exclusive, and its largest value."""

    left: int
    top: int
    right: int
    bottom: int
    strength: float

    def near(self, other: "_Spot", across: float, down: float) -> bool:
        return (
            max(self.left, other.left) - min(self.right, other.right) <= across
            and max(self.top, other.top) - min(self.bottom, other.bottom) <= down
        )

    def joined(self, other: "_Spot") -> "_Spot":
        return _Spot(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
            max(self.strength, other.strength),
        )


def _spots(anomaly_map: FloatArray, threshold: float) -> list[_Spot]:
    largest = float(np.nanmax(anomaly_map))
    if largest < threshold:
        threshold = (float(np.nanmedian(anomaly_map)) + largest) / 2
    # Where the map is flat, its largest cells stand in for what the rounded middle left out.
    above = (anomaly_map >= min(threshold, largest)).astype(np.uint8)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(above, connectivity=8)
    strengths = np.full(count, -np.inf)
    inside = above > 0
    np.maximum.at(strengths, labels[inside].astype(np.intp), anomaly_map[inside])
    order = [label for label in np.argsort(-strengths, kind="stable").tolist() if label != 0][:_MOST_SPOTS]
    spots = []
    for label in order:
        left, top, width, height = (int(value) for value in boxes[label, :4])
        spots.append(_Spot(left, top, left + width, top + height, float(strengths[label])))
    return spots


def _absorb(merged: list[_Spot], spot: _Spot, across: float, down: float) -> None:
    """Add `spot`; each box that it grows into makes it grow further."""
    while (near := next((one for one in merged if one.near(spot, across, down)), None)) is not None:
        merged.remove(near)
        spot = spot.joined(near)
    merged.append(spot)


def _scale(spot: _Spot, cells: tuple[int, ...], seen: Region) -> Region:
    rows, columns = cells
    x, y = spot.left * seen.width // columns, spot.top * seen.height // rows
    # Ceiling, so that a region always holds the whole of its cells and is never empty.
    x_end, y_end = -(-spot.right * seen.width // columns), -(-spot.bottom * seen.height // rows)
    return Region(x=seen.x + x, y=seen.y + y, width=x_end - x, height=y_end - y)
