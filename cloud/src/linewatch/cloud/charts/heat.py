"""Anomaly maps as pictures."""

import cv2
import numpy as np
from numpy.typing import NDArray

_OPACITY = 0.5
_FULL = 0.5
"""Share of the way from cold to hot at which the colours cover most."""


def overlay(picture: NDArray[np.uint8], heat: NDArray[np.float32], *, low: float, high: float) -> NDArray[np.uint8]:
    """Lay `heat` (float32[h, w]) over `picture` (RGB uint8[H, W, 3]); `low` is coldest and `high` hottest.

    Where it is cold the picture shows through: full colour begins halfway. Returns RGB uint8[H, W, 3].
    """
    height, width = picture.shape[:2]
    share = np.clip((heat - low) / max(high - low, 1e-9), 0.0, 1.0)
    smooth = cv2.resize(share.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    smooth = np.clip(smooth, 0, 1)
    colours = cv2.cvtColor(cv2.applyColorMap((smooth * 255).astype(np.uint8), cv2.COLORMAP_TURBO), cv2.COLOR_BGR2RGB)
    cover = (_OPACITY * np.minimum(1.0, smooth / _FULL))[:, :, None]
    return np.asarray(np.rint(picture * (1 - cover) + colours * cover), dtype=np.uint8)


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
