"""How well a teacher judges the test pictures of a dataset."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

import cv2
import numpy as np

from linewatch.cloud.training.dataset import Dataset, Sample
from linewatch.cloud.training.progress import Progress, silent
from linewatch.cloud.training.reader import SampleReader
from linewatch.compiler.prove import metrics
from linewatch.compiler.teacher import BoolArray, FloatArray, UInt8Array

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


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Test pictures, as `reader` reads them, with their scores float32[N] and anomaly maps float32[N, h, w]."""

    samples: tuple[Sample, ...]
    reader: SampleReader
    scores: FloatArray
    maps: FloatArray

    @property
    def defective(self) -> BoolArray:
        """bool[N]: which of them show a defect."""
        return np.array([sample.anomalous for sample in self.samples], dtype=bool)


class Judge(Protocol):
    """A teacher, as far as it is needed here."""

    def judge(self, frames: Sequence[UInt8Array], /) -> tuple[FloatArray, FloatArray]:
        """Maps float32[N, h, w] and scores float32[N]."""


def judge(teacher: Judge, dataset: Dataset, reader: SampleReader, progress: Progress = silent) -> Judged:
    """Judge every test picture of `dataset`, a few at a time."""
    scores: list[FloatArray] = []
    maps: list[FloatArray] = []
    for start in range(0, len(dataset.test), _BATCH):
        progress("judging test pictures", start, len(dataset.test))
        frames = [reader.picture(sample) for sample in dataset.test[start : start + _BATCH]]
        batch_maps, batch_scores = teacher.judge(frames)
        maps.append(batch_maps)
        scores.append(batch_scores)
    progress("judging test pictures", len(dataset.test), len(dataset.test))
    return Judged(samples=dataset.test, reader=reader, scores=_joined(scores), maps=_joined(maps))


def measure(judged: Judged, threshold: float) -> Evaluation:
    """How well the pictures were judged, with alarms at or above `threshold`."""
    good, bad = judged.scores[~judged.defective], judged.scores[judged.defective]
    pixel = _pixel_measures(judged)
    both = len(good) > 0 and len(bad) > 0
    return Evaluation(
        good=len(good),
        defective=len(bad),
        image_auroc=metrics.auroc(good, bad) if both else None,
        pixel_auroc=pixel[0],
        aupro=pixel[1],
        f1=metrics.f1_score(good, bad, threshold) if both else None,
        miss_rate=metrics.miss_rate(bad, threshold) if len(bad) else None,
        false_alarm_rate=metrics.false_alarm_rate(good, threshold) if len(good) else None,
    )


def _pixel_measures(judged: Judged) -> tuple[float | None, float | None]:
    """Pixel AUROC and AUPRO at 64 x 64 cells, over good pictures and those with a mask."""
    known = [i for i, sample in enumerate(judged.samples) if not sample.anomalous or sample.mask is not None]
    masks = [_small_mask(judged.reader.mask(judged.samples[index])) for index in known]
    if not any(mask.any() for mask in masks):
        return None, None
    large = [
        cv2.resize(judged.maps[index], (_MASK_SIDE, _MASK_SIDE), interpolation=cv2.INTER_LINEAR) for index in known
    ]
    return metrics.pixel_auroc(large, masks), metrics.aupro(large, masks)


def _small_mask(mask: BoolArray | None) -> BoolArray:
    if mask is None:
        return np.zeros((_MASK_SIDE, _MASK_SIDE), dtype=bool)
    share = cv2.resize(mask.astype(np.float32), (_MASK_SIDE, _MASK_SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(share > 0, dtype=bool)


def _joined(parts: Iterable[FloatArray]) -> FloatArray:
    arrays = list(parts)
    return np.concatenate(arrays) if arrays else np.zeros(0, np.float32)
