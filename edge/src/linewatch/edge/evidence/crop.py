"""The JPEG of an anomalous region."""

import cv2

from linewatch.edge.capture.picture import Pixels, as_picture
from linewatch.edge.decide.event import Region

_MARGIN = 0.25
_SMALLEST = 64
_LARGEST = 256
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 80]


def crop_around(region: Region, width: int, height: int) -> Region:
    """What to show of a frame of `width` x `height` pixels: the region and a quarter around, 64 pixels at least."""
    x, columns = _grow(region.x, region.width, width)
    y, rows = _grow(region.y, region.height, height)
    return Region(x=x, y=y, width=columns, height=rows)


def encode_crop(pixels: Pixels, crop: Region) -> bytes:
    """JPEG of the frame inside `crop`; made smaller where a side is over 256 pixels."""
    cut = as_picture(pixels).crop(slice(crop.y, crop.y + crop.height), slice(crop.x, crop.x + crop.width))
    shrink = _LARGEST / max(crop.width, crop.height)
    if shrink < 1:
        size = (max(1, round(crop.width * shrink)), max(1, round(crop.height * shrink)))
        shown = cv2.resize(cut, size, interpolation=cv2.INTER_AREA)
    else:
        shown = cut
    _, data = cv2.imencode(".jpg", cv2.cvtColor(shown, cv2.COLOR_RGB2BGR), _JPEG)
    return data.tobytes()


def _grow(start: int, length: int, limit: int) -> tuple[int, int]:
    wanted = min(limit, max(_SMALLEST, round(length * (1 + 2 * _MARGIN)), length))
    first = start + length // 2 - wanted // 2
    return max(0, min(first, limit - wanted)), wanted
