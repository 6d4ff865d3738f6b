"""The teacher: pretrained patch features and a Gaussian of what is normal at each place."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from linewatch.cloud.errors import DatasetError
from linewatch.cloud.training.backbones.port import Backbone
from linewatch.cloud.training.progress import Progress, silent
from linewatch.compiler.errors import PictureError
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.normal.gaussian import RegionGaussian, fit_gaussian
from linewatch.compiler.normal.moments import Moments, no_moments
from linewatch.compiler.normal.whitening import Whitening, learn_whitening
from linewatch.compiler.prove.metrics import threshold_for_false_alarms
from linewatch.compiler.teacher import FloatArray, UInt8Array

SIDE = 256
"""Height and width, in pixels, of the picture that the backbone sees: the very one that a student sees."""

GRID = 32
COMPONENTS = 64
SCORED_CELLS = 10
"""The image score is the mean of so many of the strangest cells."""

_HELD_EVERY, _HELD_MOST = 4, 256
_BATCH = 8


class GaussianTeacher:
    """Implements `linewatch.compiler.teacher.Teacher`. Nothing in it is random."""

    grid = (GRID, GRID)

    def __init__(self, backbone: Backbone, whitening: Whitening, gaussian: RegionGaussian, threshold: float) -> None:
        self._backbone = backbone
        self._whitening = whitening
        self._gaussian = gaussian
        self.threshold = threshold

    @property
    def name(self) -> str:
        """Detector and backbone."""
        return f"region-gaussian/{self._backbone.name}"

    @property
    def channels(self) -> int:
        """Channels of a patch feature."""
        return len(self._whitening.mean)

    def features(self, frames: Sequence[UInt8Array]) -> FloatArray:
        """Standardised patch features float32[N, 32, 32, C]."""
        return _rows(self._standardised(batch).numpy() for batch in _batches(frames))

    def maps(self, frames: Sequence[UInt8Array]) -> FloatArray:
        """Anomaly maps float32[N, 32, 32]."""
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
            "whitening.mean": self._whitening.mean,
            "whitening.deviation": self._whitening.deviation,
            "whitening.matrix": self._whitening.matrix.contiguous(),
            "gaussian.mean": self._gaussian.mean,
            "gaussian.factor": self._gaussian.factor,
            "threshold": torch.tensor([self.threshold], dtype=torch.float64),
        }

    @classmethod
    def from_tensors(cls, backbone: Backbone, tensors: Mapping[str, Tensor]) -> "GaussianTeacher":
        """The teacher that `tensors` was made from."""
        return cls(
            backbone,
            Whitening(
                mean=tensors["whitening.mean"],
                deviation=tensors["whitening.deviation"],
                matrix=tensors["whitening.matrix"],
            ),
            RegionGaussian(mean=tensors["gaussian.mean"], factor=tensors["gaussian.factor"]),
            float(tensors["threshold"][0]),
        )

    def _standardised(self, frames: Sequence[UInt8Array]) -> Tensor:
        return self._whitening.standardise(_backbone_features(self._backbone, frames))

    def _maps(self, frames: Sequence[UInt8Array]) -> Tensor:
        return _map(self._whitening, self._gaussian, _backbone_features(self._backbone, frames))


def fit_teacher(
    backbone: Backbone,
    frames: Iterable[UInt8Array],
    count: int,
    *,
    false_alarm_rate: float,
    progress: Progress = silent,
) -> GaussianTeacher:
    """Learn what is normal from `count` good frames, read one at a time.

    The threshold comes from every fourth picture (at most `_HELD_MOST`), judged by a teacher that did not see it.

    Raises:
        DatasetError: the pictures are all the same.
    """
    every = max(_HELD_EVERY, -(-count // _HELD_MOST))
    seen: Moments | None = None
    held: list[Tensor] = []
    for done, frame in enumerate(frames):
        progress("reading features", done, count)
        features = _backbone_features(backbone, [frame])
        if done % every == every - 1:
            held.append(features)
        else:
            seen = (seen or no_moments(features)).plus(features)
    progress("reading features", count, count)
    assert seen is not None
    threshold = _held_threshold(seen, held, false_alarm_rate)
    for features in held:
        seen = seen.plus(features)
    return GaussianTeacher(backbone, *_learned(seen), threshold)


def _learned(moments: Moments) -> tuple[Whitening, RegionGaussian]:
    try:
        whitening = learn_whitening(moments, COMPONENTS)
    except PictureError as error:
        raise DatasetError(str(error)) from error
    return whitening, fit_gaussian(moments, whitening)


def _held_threshold(seen: Moments, held: Sequence[Tensor], false_alarm_rate: float) -> float:
    whitening, gaussian = _learned(seen)
    scores = [image_scores(_map(whitening, gaussian, features)) for features in held]
    return threshold_for_false_alarms(torch.cat(scores).numpy(), false_alarm_rate)


def _map(whitening: Whitening, gaussian: RegionGaussian, features: Tensor) -> Tensor:
    return _smooth(gaussian.distances(whitening.components(whitening.standardise(features))))


def image_scores(maps: Tensor) -> Tensor:
    """Scores [N] of maps [N, h, w]."""
    return maps.flatten(1).topk(SCORED_CELLS).values.mean(1)


def _smooth(distances: Tensor) -> Tensor:
    return functional.avg_pool2d(distances[:, None], 3, 1, 1, count_include_pad=False)[:, 0]


@torch.no_grad()
def _backbone_features(backbone: Backbone, frames: Sequence[UInt8Array]) -> Tensor:
    """All stages on one grid: float32[N, 32, 32, C]."""
    pictures = np.concatenate([_kept(Shrink.for_frames(SIDE, *frame.shape[:2]))([frame]) for frame in frames])
    pixels = torch.from_numpy(pictures).permute(0, 3, 1, 2).float()
    grids = [
        functional.interpolate(functional.avg_pool2d(stage, 3, 1, 1), (GRID, GRID), mode="bilinear")
        for stage in backbone.stages(pixels)
    ]
    return torch.cat(grids, 1).permute(0, 2, 3, 1).contiguous()


@lru_cache(maxsize=16)
def _kept(shrink: Shrink) -> Shrink:
    """The same object for equal steps, because a new one has to be built before its first use."""
    return shrink


def _batches(frames: Sequence[UInt8Array]) -> Iterable[Sequence[UInt8Array]]:
    return (frames[start : start + _BATCH] for start in range(0, len(frames), _BATCH))


def _rows(parts: Iterable[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]) -> FloatArray:
    return np.concatenate([part.astype(np.float32) for part in parts])
