"""Anomaly maps as pictures."""

import cv2
import numpy as np
from numpy.typing import NDArray

_OPACITY = 0.45


def overlay(picture: NDArray[np.uint8], heat: NDArray[np.float32], *, low: float, high: float) -> NDArray[np.uint8]:
    """Lay `heat` (float32[h, w]) over `picture` (RGB uint8[H, W, 3]); `low` is coldest and `high` hottest.

    Returns RGB uint8[H, W, 3].
    """
    height, width = picture.shape[:2]
    share = np.clip((heat - low) / max(high - low, 1e-9), 0.0, 1.0)
    smooth = cv2.resize(share.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    colours = cv2.applyColorMap((np.clip(smooth, 0, 1) * 255).astype(np.uint8), cv2.COLORMAP_TURBO)
    blended = cv2.addWeighted(picture, 1 - _OPACITY, cv2.cvtColor(colours, cv2.COLOR_BGR2RGB), _OPACITY, 0.0)
    return np.asarray(blended, dtype=np.uint8)


def jpeg(picture: NDArray[np.uint8], *, widest: int = 480, quality: int = 85) -> bytes:
    """`picture` (RGB uint8[H, W, 3]) as JPEG, at most `widest` pixels wide."""
    height, width = picture.shape[:2]
    if width > widest:
        picture = np.asarray(
            cv2.resize(picture, (widest, round(height * widest / width)), interpolation=cv2.INTER_AREA), dtype=np.uint8
        )
    done, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done, "JPEG encodes every uint8 picture"
    return data.tobytes()
