"""The pictures of a card: what the compiled graph judged best and worst."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from linewatch.cloud.charts.exhibit import Exhibit
from linewatch.cloud.charts.heat import jpeg, overlay
from linewatch.compiler.compile import Compiled
from linewatch.compiler.graph.region import frames_around
from linewatch.compiler.pictures import TestPicture
from linewatch.compiler.sample import still
from linewatch.compiler.teacher import FloatArray, UInt8Array

_EACH = 4
_COLDEST, _HOTTEST = 0.5, 2.0
"""Of a threshold's height: where the colours begin and end."""
_GREEN, _LINE_SHARE = (0, 220, 0), 200


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A row of pictures with its title; `none` says what it means that there are none."""

    title: str
    none: str
    exhibits: Sequence[Exhibit]


def shown_pictures(compiled: Compiled) -> list[Shown]:
    """Misses, false alarms, and the surest of both kinds, as the first target's graph judges them."""
    target = compiled.built.targets[0]
    accuracy = compiled.table.row(target.kind.name).accuracy
    good = _ordered(compiled.judged, accuracy.normal, defective=False)
    bad = _ordered(compiled.judged, accuracy.defective, defective=True)
    rows = [
        ("Defects that were missed", len(bad), "no defect was missed", [one for one in bad if one[1] < 1]),
        ("False alarms", len(good), "no good picture raised an alarm", [one for one in reversed(good) if one[1] >= 1]),
        (
            "Defects that were found, the highest scores first",
            len(bad),
            "no defect was found",
            [one for one in reversed(bad) if one[1] >= 1],
        ),
        (
            "Good pictures without an alarm, the lowest scores first",
            len(good),
            "every good picture raised an alarm",
            [one for one in good if one[1] < 1],
        ),
    ]
    judge, region = target.judge(), compiled.bundle.manifest.region
    return [
        Shown(
            title=f"{title}: {len(chosen)} of {count}",
            none=none,
            exhibits=[
                _exhibit(picture, score, judge(frames_around([picture.frame], region)).maps[0])
                for picture, score in chosen[:_EACH]
            ],
        )
        for title, count, none, chosen in rows
    ]


def _ordered(judged: Sequence[TestPicture], scores: FloatArray, *, defective: bool) -> list[tuple[TestPicture, float]]:
    """Pictures of one kind with their scores, the lowest first."""
    pictures = [picture for picture in judged if picture.defective == defective]
    return sorted(zip(pictures, scores.tolist(), strict=True), key=lambda pair: pair[1])


def _exhibit(picture: TestPicture, score: float, heat: FloatArray) -> Exhibit:
    return Exhibit(
        title=picture.name,
        text=f"score {score:.2f}",
        picture_jpeg=jpeg(_outlined(picture)),
        heat_jpeg=jpeg(overlay(still(picture.frame), heat, low=_COLDEST, high=_HOTTEST)),
    )


def _outlined(picture: TestPicture) -> UInt8Array:
    """The picture with a green line around its defect, where somebody drew it."""
    frame = still(picture.frame)
    if picture.mask is None:
        return frame
    outlines, _ = cv2.findContours(picture.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    width = max(1, frame.shape[1] // _LINE_SHARE)
    return np.asarray(cv2.drawContours(frame.copy(), outlines, -1, _GREEN, width), np.uint8)
