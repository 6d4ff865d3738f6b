"""The heat map painted over the frame, for people."""

from collections.abc import Sequence

import cv2
import numpy as np

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.decide.event import Region
from linewatch.edge.infer.verdict import FloatArray

_STRENGTH = 0.45


def paint_overlay(
    pixels: UInt8Array, anomaly_map: FloatArray, threshold: float, seen: Region, regions: Sequence[Region] = ()
) -> UInt8Array:
    """The RGB frame uint8[H, W, 3] with the map float32[h, w] over the part `seen` of it, and boxes around `regions`.

    The first and strongest region has a thicker box.

    Colours run from blue at 0 to red at 1.5 times `threshold`, so that pictures can be compared with each other.
    """
    full = cv2.resize(np.nan_to_num(anomaly_map), (seen.width, seen.height), interpolation=cv2.INTER_LINEAR)
    top = 1.5 * threshold if threshold > 0 else max(float(full.max()), 1e-9)
    heat = np.clip(full * (255.0 / top), 0, 255).astype(np.uint8)
    colours = cv2.cvtColor(cv2.applyColorMap(heat, cv2.COLORMAP_JET), cv2.COLOR_BGR2RGB)
    painted = pixels.copy()
    part = painted[seen.y : seen.y + seen.height, seen.x : seen.x + seen.width]
    part[:] = cv2.addWeighted(part, 1 - _STRENGTH, colours, _STRENGTH, 0)
    for rank, region in enumerate(regions):
        start, end = (region.x, region.y), (region.x + region.width - 1, region.y + region.height - 1)
        thickness = max(1, pixels.shape[1] // (640 if rank else 320))
        cv2.rectangle(painted, start, end, (255, 255, 255), thickness)
    return np.asarray(painted, np.uint8)
