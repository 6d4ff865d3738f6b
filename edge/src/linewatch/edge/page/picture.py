"""Paints and encodes what viewers see, once for all of them."""

import threading
from collections import OrderedDict

import cv2
import numpy as np

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.decide.event import Evidence
from linewatch.edge.evidence.overlay import paint_overlay
from linewatch.edge.evidence.region import find_regions, seen_part
from linewatch.edge.page.tap import Shown

_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 80]
_HEAT_SIDE = 384
_KEPT = 16
_REGIONS = 8


class Pictures:
    """JPEGs of live frames. One is made at a time: viewers never take more than one processor from the workers."""

    def __init__(self) -> None:
        """None yet."""
        self._lock = threading.Lock()
        self._made: OrderedDict[tuple[str, bool], tuple[int, bytes]] = OrderedDict()

    def encode(self, camera: str, shown: Shown, *, heat: bool) -> bytes:
        """JPEG of `shown`, with its heat map painted over it where it has one and `heat` is wanted."""
        with self._lock:
            number, jpeg = self._made.pop((camera, heat), (-1, b""))
            if number != shown.number:
                jpeg = encode_jpeg(paint(shown) if heat else shown.pixels)
            self._made[camera, heat] = shown.number, jpeg
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
            return jpeg

    def forget(self) -> None:
        """Nobody looks any more."""
        with self._lock:
            self._made.clear()


def paint(shown: Shown) -> UInt8Array:
    """The frame with its heat map, and boxes around what is anomalous."""
    verdict, pixels = shown.verdict, shown.pixels
    if verdict.anomaly_map is None or not np.isfinite(verdict.anomaly_map).any():
        return pixels
    height, width = pixels.shape[:2]
    seen = seen_part(verdict.region, width, height)
    regions = find_regions(verdict.anomaly_map, verdict.threshold, seen, most=_REGIONS) if verdict.anomalous else ()
    return paint_overlay(pixels, verdict.anomaly_map, verdict.threshold, seen, regions)


def heat_picture(evidence: Evidence, frame_width: int, frame_height: int) -> bytes:
    """PNG of the heat map of a whole frame, in the proportions of the frame, with boxes around the regions."""
    heat_map = evidence.heat_map
    cells = np.frombuffer(heat_map.cells, np.uint8).reshape(heat_map.height, heat_map.width)
    scale = _HEAT_SIDE / max(frame_width, frame_height)
    size = (max(1, round(frame_width * scale)), max(1, round(frame_height * scale)))
    colours = cv2.applyColorMap(cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR), cv2.COLORMAP_JET)
    for region in evidence.regions or (evidence.region,):
        start = (round(region.x * scale), round(region.y * scale))
        end = (round((region.x + region.width) * scale) - 1, round((region.y + region.height) * scale) - 1)
        cv2.rectangle(colours, start, end, (255, 255, 255), 2)
    return cv2.imencode(".png", colours)[1].tobytes()


def encode_jpeg(pixels: UInt8Array) -> bytes:
    """JPEG of RGB pixels uint8[H, W, 3]."""
    return cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), _JPEG)[1].tobytes()
