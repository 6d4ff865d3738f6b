"""Draws the report of a run: the test pictures that say most about the teacher, each beside its heat map."""

from collections.abc import Sequence

import cv2
import numpy as np

from linewatch.cloud.charts.heat import overlay
from linewatch.cloud.training.evaluate import Judged
from linewatch.compiler.teacher import UInt8Array

_EACH = 4
"""Pictures in a row of the report."""

_SIDE, _CAPTION, _GAP = 240, 26, 8
_INK, _PAPER, _OUTLINE = (40, 40, 40), 250, (0, 220, 0)


def draw_report(judged: Judged, threshold: float) -> bytes:
    """A PNG with a row each for the good pictures with the most alarm, the defects with the least, and with the most.

    The heat runs from the calmest (blue) to the strangest cell (red) of all pictures shown; masks have green outlines.
    """
    defective = judged.defective
    order = np.argsort(judged.scores, kind="stable")
    good, bad = order[~defective[order]], order[defective[order]]
    rows = [
        ("good pictures with the highest scores", good[::-1][:_EACH]),
        ("defects with the lowest scores", bad[:_EACH]),
        ("defects with the highest scores", bad[::-1][:_EACH]),
    ]
    shown = np.concatenate([chosen for _, chosen in rows])
    span = (float(judged.maps[shown].min()), float(judged.maps[shown].max()))
    strips: list[UInt8Array] = []
    for title, chosen in rows:
        if len(chosen):
            strips.append(_caption(f"{title} (alarm at {threshold:.3g})", _EACH * 2 * (_SIDE + _GAP)))
            strips.append(_row(judged, chosen.tolist(), span, threshold))
    legend = "green line: the mask.   blue to red: from the calmest to the strangest cell of these pictures"
    sheet = np.concatenate([*strips, _caption(legend, _EACH * 2 * (_SIDE + _GAP))])
    framed = cv2.copyMakeBorder(sheet, _GAP, _GAP, _GAP, 0, cv2.BORDER_CONSTANT, value=(_PAPER,) * 3)
    _, encoded = cv2.imencode(".png", framed[:, :, ::-1])
    return encoded.tobytes()


def _row(judged: Judged, chosen: Sequence[int], span: tuple[float, float], threshold: float) -> UInt8Array:
    blank = np.full((_SIDE + _CAPTION, 2 * (_SIDE + _GAP), 3), _PAPER, np.uint8)
    tiles = [_tile(judged, index, span, threshold) for index in chosen]
    row = np.concatenate([*tiles, *[blank] * (_EACH - len(tiles))], axis=1)
    inked = np.flatnonzero((row != _PAPER).any(axis=(1, 2)))
    return row[inked[0] :]  # what wide pictures leave of their squares


def _tile(judged: Judged, index: int, span: tuple[float, float], threshold: float) -> UInt8Array:
    sample, score = judged.samples[index], float(judged.scores[index])
    picture = _fitted(judged.reader.picture(sample))
    heat = overlay(picture, judged.maps[index], low=span[0], high=span[1])
    mask = judged.reader.mask(sample)
    if mask is not None:
        outlines, _ = cv2.findContours(_fitted(mask.astype(np.uint8) * 255), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(picture, outlines, -1, _OUTLINE, 1)
    gap = np.full((_SIDE, _GAP, 3), _PAPER, np.uint8)
    pair = np.concatenate([_squared(picture), gap, _squared(heat), gap], axis=1)
    alarm = "alarm" if score >= threshold else "no alarm"
    name = f"{sample.kind}/{sample.path.name}" + ("" if sample.frame is None else f" frame {sample.frame}")
    return np.concatenate([pair, _caption(f"{name}  {score:.3g}  {alarm}", pair.shape[1])])


def _fitted(picture: UInt8Array) -> UInt8Array:
    """As large as fits into a square, with its proportions."""
    height, width = picture.shape[:2]
    scale = _SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _squared(picture: UInt8Array) -> UInt8Array:
    """At the bottom of a square of paper, above its caption."""
    height, width = picture.shape[:2]
    top, left = _SIDE - height, (_SIDE - width) // 2
    square = np.full((_SIDE, _SIDE, 3), _PAPER, np.uint8)
    square[top : top + height, left : left + width] = picture
    return square


def _caption(text: str, width: int) -> UInt8Array:
    strip = np.full((_CAPTION, width, 3), _PAPER, np.uint8)
    plain = text.encode("ascii", "replace").decode()  # OpenCV's built-in letters
    cv2.putText(strip, plain, (4, _CAPTION - 9), cv2.FONT_HERSHEY_SIMPLEX, 0.45, _INK, 1, cv2.LINE_AA)
    return strip
