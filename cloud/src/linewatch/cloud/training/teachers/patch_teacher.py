"""What all teachers over patch features share: from how strange each patch is to maps and scores."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from linewatch.cloud.training.progress import Progress
from linewatch.cloud.training.teachers.good_pictures import GoodPictures
from linewatch.cloud.training.teachers.patches import PatchReader
from linewatch.compiler.normal.whitening import Whitening
from linewatch.compiler.teacher import FloatArray, UInt8Array

SCORED_CELLS = 10
"""The image score is the mean of so many of the strangest cells."""

_BATCH = 8


class PatchTeacher(ABC):
    """Implements `linewatch.compiler.teacher.Teacher`."""

    kind: ClassVar[str]

    def __init__(self, patches: PatchReader, whitening: Whitening, threshold: float) -> None:
        self.patches = patches
        self.whitening = whitening
        self.threshold = threshold

    @abstractmethod
    def strangeness(self, frames: Sequence[UInt8Array]) -> Tensor:
        """How strange each patch is: float32[N, h, w], at least 0."""

    @abstractmethod
    def learned(self) -> dict[str, Tensor]:
        """What was learned beside the whitening, by name."""

    @classmethod
    @abstractmethod
    def again(cls, patches: PatchReader, whitening: Whitening, threshold: float, learned: Mapping[str, Tensor]) -> Self:
        """The teacher that `learned` was made from.

        Raises:
            KeyError: a tensor is missing.
        """

    @classmethod
    @abstractmethod
    def learn(
        cls, patches: PatchReader, good: GoodPictures, *, false_alarm_rate: float, seed: int, progress: Progress
    ) -> Self:
        """Learn from good pictures, of which at most a share of `false_alarm_rate` may raise an alarm.

        Raises:
            PictureError: the pictures are all the same.
        """

    @property
    def name(self) -> str:
        """Detector and backbone."""
        return f"{self.kind}/{self.patches.backbone.name}"

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of the patch grid."""
        return self.patches.grid

    @property
    def channels(self) -> int:
        """Channels of a patch feature."""
        return len(self.whitening.mean)

    def features(self, frames: Sequence[UInt8Array]) -> FloatArray:
        """Standardised patch features float32[N, h, w, C]."""
        return _rows(self.whitening.standardise(self.patches(batch)).numpy() for batch in _batches(frames))

    def maps(self, frames: Sequence[UInt8Array]) -> FloatArray:
        """Anomaly maps float32[N, h, w]."""
        return _rows(self._maps(batch).numpy() for batch in _batches(frames))

    def scores(self, frames: Sequence[UInt8Array]) -> FloatArray:
        """Image scores float32[N]."""
        return _rows(image_scores(self._maps(batch)).numpy() for batch in _batches(frames))

    def judge(self, frames: Sequence[UInt8Array]) -> tuple[FloatArray, FloatArray]:
        """`maps` and `scores` of the same frames, for the price of one."""
        maps = [self._maps(batch) for batch in _batches(frames)]
        return _rows(part.numpy() for part in maps), _rows(image_scores(part).numpy() for part in maps)

    def tensors(self) -> dict[str, Tensor]:
        """Everything that was learned, by name."""
        return {
            "whitening.mean": self.whitening.mean,
            "whitening.deviation": self.whitening.deviation,
            "whitening.matrix": self.whitening.matrix.contiguous(),
            "threshold": torch.tensor([self.threshold], dtype=torch.float64),
            **self.learned(),
        }

    @classmethod
    def from_tensors(cls, patches: PatchReader, tensors: Mapping[str, Tensor]) -> Self:
        """The teacher that `tensors` was made from.

        Raises:
            KeyError: a tensor is missing.
        """
        whitening = Whitening(
            mean=tensors["whitening.mean"],
            deviation=tensors["whitening.deviation"],
            matrix=tensors["whitening.matrix"],
        )
        return cls.again(patches, whitening, float(tensors["threshold"][0]), tensors)

    @torch.no_grad()
    def _maps(self, frames: Sequence[UInt8Array]) -> Tensor:
        return smooth(self.strangeness(frames))


def image_scores(maps: Tensor) -> Tensor:
    """Scores [N] of maps [N, h, w]."""
    return maps.flatten(1).topk(SCORED_CELLS).values.mean(1)


def smooth(cells: Tensor) -> Tensor:
    """Each cell of [N, h, w] as the mean of itself and its neighbours."""
    return functional.avg_pool2d(cells[:, None], 3, 1, 1, count_include_pad=False)[:, 0]


def _batches(frames: Sequence[UInt8Array]) -> Iterable[Sequence[UInt8Array]]:
    return (frames[start : start + _BATCH] for start in range(0, len(frames), _BATCH))


def _rows(parts: Iterable[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]) -> FloatArray:
    return np.concatenate([part.astype(np.float32) for part in parts])
