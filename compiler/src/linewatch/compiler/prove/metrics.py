"""How good a detector is: measures over scores of normal and anomalous pictures, and over maps and masks.

Higher scores are stranger. A picture is called anomalous when its score is at or above a threshold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from linewatch.compiler.errors import WrongUse

Scores = npt.ArrayLike
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class RocCurve:
    """Points of the receiver operating characteristic, from (0, 0) to (1, 1); each array float64[K]."""

    false_positive_rate: Floats
    true_positive_rate: Floats
    threshold: Floats
    """A picture counts as anomalous at `score >= threshold`; the first one is infinite."""


def auroc(normal: Scores, anomalous: Scores) -> float:
    """Area under the ROC curve: the chance that an anomalous score beats a normal one, ties counting half.

    This is the Mann-Whitney U statistic divided by the number of pairs (Hanley and McNeil, 1982).

    Raises:
        WrongUse: one side is empty, or a score is not a finite number.
    """
    low = np.sort(_scores(normal, "normal"))
    high = _scores(anomalous, "anomalous")
    below = np.searchsorted(low, high, side="left")
    not_above = np.searchsorted(low, high, side="right")
    return float((below + not_above).mean(dtype=np.float64) / 2 / len(low))


def auroc_loss(before: tuple[Scores, Scores], after: tuple[Scores, Scores]) -> tuple[float, float]:
    """What a detector loses when it is changed, and the standard error of that, from scores of the same pictures.

    Each argument is (normal, anomalous). The pictures being the same, much of the chance cancels: DeLong et al., 1988.

    Raises:
        WrongUse: one side is empty, or a score is not a finite number.
    """
    (low_before, high_before), (low_after, high_after) = _placements(*before), _placements(*after)
    low, high = low_before - low_after, high_before - high_after
    variance = sum(float(side.var()) / len(side) for side in (low, high))
    return float(high.mean()), float(np.sqrt(variance))


def roc_curve(normal: Scores, anomalous: Scores) -> RocCurve:
    """The ROC curve with one point for each distinct score.

    Raises:
        WrongUse: one side is empty, or a score is not a finite number.
    """
    low, high = _scores(normal, "normal"), _scores(anomalous, "anomalous")
    thresholds = np.concatenate([[np.inf], np.unique(np.concatenate([low, high]))[::-1]])
    return RocCurve(
        false_positive_rate=_reaching(low, thresholds),
        true_positive_rate=_reaching(high, thresholds),
        threshold=thresholds,
    )


def false_alarm_rate(normal: Scores, threshold: float) -> float:
    """Share of normal pictures called anomalous at `threshold`."""
    return float((_scores(normal, "normal") >= threshold).mean())


def miss_rate(anomalous: Scores, threshold: float) -> float:
    """Share of anomalous pictures called normal at `threshold`."""
    return float((_scores(anomalous, "anomalous") < threshold).mean())


def f1_score(normal: Scores, anomalous: Scores, threshold: float) -> float:
    """Harmonic mean of precision and recall at `threshold`; 0.0 when no anomalous picture is found."""
    low, high = _scores(normal, "normal"), _scores(anomalous, "anomalous")
    found = int((high >= threshold).sum())
    false_alarms = int((low >= threshold).sum())
    return 2 * found / (len(high) + found + false_alarms)


def threshold_for_false_alarms(normal: Scores, rate: float) -> float:
    """The lowest threshold at which at most `rate` (0..1) of the normal scores raise an alarm.

    Where `rate` asks for fewer alarms than one in `normal`, it lies just above the highest normal score.

    Raises:
        WrongUse: no normal score, one that is not finite, or a rate outside 0..1.
    """
    if not 0 <= rate <= 1:
        raise WrongUse(f"a false-alarm rate lies between 0 and 1, not {rate}")
    scores = np.sort(_scores(normal, "normal"))
    # The small addition forgives 0.1 * 30 = 3.0000000000000004 and its like in both directions.
    allowed = int(np.floor(rate * len(scores) + 1e-9))
    if allowed >= len(scores):
        return float(scores[0])
    return float(np.nextafter(scores[len(scores) - 1 - allowed], np.inf))


def pixel_auroc(maps: Sequence[npt.ArrayLike], masks: Sequence[Mask]) -> float:
    """AUROC over the pixels of all pictures together.

    Args:
        maps: anomaly maps [h, w], one a picture.
        masks: defect masks of the same shapes, defective where not 0; all zero for normal pictures.

    Raises:
        WrongUse: counts or shapes differ, or there is no defective or no normal pixel.
    """
    scores, defective = _pixels(maps, masks)
    return auroc(scores[~defective], scores[defective])


def aupro(maps: Sequence[npt.ArrayLike], masks: Sequence[Mask], limit: float = 0.3) -> float:
    """Area under the per-region-overlap curve up to the false-positive rate `limit`, scaled to 0..1.

    The curve gives, for every threshold, the mean over connected defect regions (8 neighbours) of the found
    share of the region, against the share of normal pixels above it. Bergmann et al., "Uninformed Students",
    CVPR 2020, section 4.2.

    Raises:
        WrongUse: counts or shapes differ, no defective or no normal pixel, or a limit outside 0..1.
    """
    if not 0 < limit <= 1:
        raise WrongUse(f"the limit of AUPRO is a false-positive rate above 0 and at most 1, not {limit}")
    scores, defective = _pixels(maps, masks)
    weight = _region_weights(masks)
    order = np.argsort(scores, kind="stable")[::-1]
    ordered = scores[order]
    last_of_value = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)
    overlap = np.cumsum(weight[order], dtype=np.float64)[last_of_value]
    false_positives = np.cumsum(~defective[order])[last_of_value] / (~defective).sum()
    return _area_until(np.append(0.0, false_positives), np.append(0.0, overlap), limit)


def _area_until(x: Floats, y: Floats, limit: float) -> float:
    inside = x <= limit
    end = np.interp(limit, x, y)
    xs, ys = np.append(x[inside], limit), np.append(y[inside], end)
    return float(np.trapezoid(ys, xs) / limit)


def _region_weights(masks: Sequence[Mask]) -> Floats:
    """For every pixel 1 / (size of its region * number of regions); 0 outside. Sums to 1."""
    weights: list[Floats] = []
    regions = 0
    for mask in masks:
        binary = (np.asarray(mask) != 0).astype(np.uint8)
        count, labels = cv2.connectedComponents(binary, connectivity=8)
        sizes = np.bincount(np.asarray(labels).ravel(), minlength=count).astype(np.float64)
        share = np.divide(1.0, sizes, out=np.zeros_like(sizes), where=sizes > 0)
        share[0] = 0.0
        weights.append(share[np.asarray(labels).ravel()])
        regions += count - 1
    return np.concatenate(weights) / regions


def _pixels(
    maps: Sequence[npt.ArrayLike], masks: Sequence[Mask]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    arrays = [np.asarray(one, dtype=np.float32) for one in maps]
    if len(arrays) != len(masks):
        raise WrongUse(f"{len(arrays)} maps but {len(masks)} masks: give one mask for each map")
    for index, (one, mask) in enumerate(zip(arrays, masks, strict=True)):
        if one.ndim != 2 or one.shape != np.shape(mask):
            raise WrongUse(f"map {index} is {one.shape} but its mask {np.shape(mask)}: resize one to the other")
    if not arrays:
        raise WrongUse("no map was given")
    defective = np.concatenate([np.asarray(mask).ravel() != 0 for mask in masks])
    scores = np.concatenate([one.ravel() for one in arrays])
    if not np.isfinite(scores).all():
        raise WrongUse("a map holds a value that is not a finite number")
    if not defective.any() or defective.all():
        raise WrongUse("the masks need defective and normal pixels")
    return scores, defective


def _placements(normal: Scores, anomalous: Scores) -> tuple[Floats, Floats]:
    """For each normal score the share of anomalous ones above it, for each anomalous one that of normal ones below."""
    low, high = _scores(normal, "normal"), _scores(anomalous, "anomalous")
    return 1 - _share_below(low, high), _share_below(high, low)


def _share_below(values: Floats, others: Floats) -> Floats:
    """Of `others`, for each of `values`; equal ones count half."""
    ordered = np.sort(others)
    counts = np.searchsorted(ordered, values, side="left") + np.searchsorted(ordered, values, side="right")
    return np.asarray(counts / 2 / len(ordered), np.float64)


def _scores(values: Scores, which: str) -> npt.NDArray[Any]:
    scores = np.asarray(values)
    if scores.dtype != np.float32:
        scores = scores.astype(np.float64)
    scores = scores.ravel()
    if len(scores) == 0:
        raise WrongUse(f"no {which} score was given: at least one is needed")
    if not np.isfinite(scores).all():
        raise WrongUse(f"a {which} score is not a finite number")
    return scores


def _reaching(scores: npt.NDArray[Any], thresholds: Floats) -> Floats:
    """Share of the scores at or above each threshold."""
    ordered = np.sort(scores)
    return (len(ordered) - np.searchsorted(ordered, thresholds, side="left")) / len(ordered)
