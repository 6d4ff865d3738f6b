"""How well a teacher judges the test pictures of a dataset."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import cv2
import numpy as np

from linewatch.cloud.training.dataset import Dataset, Sample
from linewatch.cloud.training.pictures import read_mask, read_picture
from linewatch.cloud.training.progress import Progress, silent
from linewatch.compiler import metrics
from linewatch.compiler.teacher import BoolArray, FloatArray, Teacher

_BATCH = 8
_MASK_SIDE = 64


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Measures on the test pictures; None where the dataset has nothing to measure by.

    `f1`, `miss_rate` and `false_alarm_rate` are those at the teacher's threshold.
    """

    good: int
    defective: int
    image_auroc: float | None = None
    pixel_auroc: float | None = None
    aupro: float | None = None
    f1: float | None = None
    miss_rate: float | None = None
    false_alarm_rate: float | None = None

    def to_json(self) -> dict[str, float | int | None]:
        """The measures by name."""
        return asdict(self)


def evaluate(teacher: Teacher, dataset: Dataset, bits: int, progress: Progress = silent) -> Evaluation:
    """Judge every test picture of `dataset`, a few at a time."""
    scores: list[FloatArray] = []
    maps: list[FloatArray] = []
    for start in range(0, len(dataset.test), _BATCH):
        progress("judging test pictures", start, len(dataset.test))
        frames = [read_picture(sample.path, bits) for sample in dataset.test[start : start + _BATCH]]
        maps.append(teacher.maps(frames))
        scores.append(teacher.scores(frames))
    progress("judging test pictures", len(dataset.test), len(dataset.test))
    return _measure(teacher.threshold, dataset.test, _joined(scores), _joined(maps))


def _measure(threshold: float, samples: Sequence[Sample], scores: FloatArray, maps: FloatArray) -> Evaluation:
    defective = np.array([sample.anomalous for sample in samples], dtype=bool)
    good, bad = scores[~defective], scores[defective]
    counts = {"good": len(good), "defective": len(bad)}
    if not len(good) or not len(bad):
        return Evaluation(**counts, false_alarm_rate=metrics.false_alarm_rate(good, threshold) if len(good) else None)
    pixel = _pixel_measures(samples, maps)
    return Evaluation(
        **counts,
        image_auroc=metrics.auroc(good, bad),
        pixel_auroc=pixel[0],
        aupro=pixel[1],
        f1=metrics.f1_score(good, bad, threshold),
        miss_rate=metrics.miss_rate(bad, threshold),
        false_alarm_rate=metrics.false_alarm_rate(good, threshold),
    )


def _pixel_measures(samples: Sequence[Sample], maps: FloatArray) -> tuple[float | None, float | None]:
    """Pixel AUROC and AUPRO at 64 x 64 cells, over good pictures and those with a mask."""
    known = [index for index, sample in enumerate(samples) if not sample.anomalous or sample.mask is not None]
    masks = [_small_mask(samples[index]) for index in known]
    if not any(mask.any() for mask in masks):
        return None, None
    large = [cv2.resize(maps[index], (_MASK_SIDE, _MASK_SIDE), interpolation=cv2.INTER_LINEAR) for index in known]
    return metrics.pixel_auroc(large, masks), metrics.aupro(large, masks)


def _small_mask(sample: Sample) -> BoolArray:
    if sample.mask is None:
        return np.zeros((_MASK_SIDE, _MASK_SIDE), dtype=bool)
    share = cv2.resize(
        read_mask(sample.mask).astype(np.float32), (_MASK_SIDE, _MASK_SIDE), interpolation=cv2.INTER_AREA
    )
    return np.asarray(share > 0, dtype=bool)


def _joined(parts: Iterable[FloatArray]) -> FloatArray:
    arrays = list(parts)
    return np.concatenate(arrays) if arrays else np.zeros(0, np.float32)
