"""Chooses the pictures of the report."""

from collections.abc import Sequence

import cv2
import numpy as np

from linewatch.cloud.charts.exhibit import Exhibit
from linewatch.cloud.charts.heat import jpeg, overlay
from linewatch.cloud.demo.judge import Judged
from linewatch.cloud.events.stored_event import Evidence, StoredEvent
from linewatch.cloud.training.pictures import read_picture
from linewatch.compiler.teacher import FloatArray, UInt8Array

_EACH = 3
_MOST_EVENTS = 24
_COLDEST, _HOTTEST = 0.5, 2.0
"""Of a threshold's height: where the colours of the report begin and end."""


def picture_exhibits(judged: Sequence[Judged]) -> list[Exhibit]:
    """The lowest and highest scores of good and of defective pictures."""
    chosen: list[Judged] = []
    for defective in (True, False):
        group = sorted((one for one in judged if one.kind_is_defect == defective), key=lambda one: one.score)
        chosen += group if len(group) <= 2 * _EACH else [*group[:_EACH], *group[-_EACH:]]
    return [_picture_exhibit(one) for one in chosen]


def event_exhibits(stored: Sequence[StoredEvent]) -> list[Exhibit]:
    """The last message of each event that has evidence, the oldest events first."""
    latest = {event.event_id: event for event in stored if event.evidence is not None}
    return [_event_exhibit(event) for event in list(latest.values())[:_MOST_EVENTS]]


def heated(picture: UInt8Array, heat: FloatArray) -> bytes:
    """`picture` (RGB uint8[H, W, 3]) under its map float32[h, w] in the colours of the report, as JPEG."""
    return jpeg(overlay(picture, heat, low=_COLDEST, high=_HOTTEST))


def _picture_exhibit(one: Judged) -> Exhibit:
    picture = read_picture(one.path, one.bits)
    verdict = "anomalous" if one.score >= 1 else "normal"
    return Exhibit(
        title=f"{one.kind}/{one.path.name}",
        text=f"score {one.score:.2f}: {verdict}",
        picture_jpeg=jpeg(picture),
        heat_jpeg=heated(picture, one.heat),
    )


def _event_exhibit(event: StoredEvent) -> Exhibit:
    assert event.evidence is not None
    crop = cv2.imdecode(np.frombuffer(event.evidence.crop_jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert crop is not None, "the agent sends JPEG"
    picture = np.ascontiguousarray(crop[:, :, ::-1]).astype(np.uint8)
    return Exhibit(
        title=f"event {event.event_id[:8]}",
        text=f"frames {event.first_frame} to {event.last_frame}, score {event.peak_score:.2f}",
        picture_jpeg=jpeg(picture),
        heat_jpeg=jpeg(overlay(picture, _heat_of_crop(event.evidence, event), low=0.0, high=255.0)),
    )


def _heat_of_crop(evidence: Evidence, event: StoredEvent) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """The part of the frame's heat map that lies inside the crop."""
    cells = np.frombuffer(evidence.heat_map.cells, np.uint8).reshape(evidence.heat_map.height, evidence.heat_map.width)
    whole = cv2.resize(cells, (event.frame_width, event.frame_height), interpolation=cv2.INTER_LINEAR)
    crop = evidence.crop
    part = whole[crop.y : crop.y + crop.height, crop.x : crop.x + crop.width]
    return np.ascontiguousarray(part).astype(np.float32)
