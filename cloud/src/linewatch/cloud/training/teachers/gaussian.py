"""A Gaussian of what is normal at each place (see `linewatch.compiler.normal.gaussian`)."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

import torch
from torch import Tensor

from linewatch.cloud.training.progress import Progress
from linewatch.cloud.training.teachers.good_pictures import GoodPictures
from linewatch.cloud.training.teachers.patch_teacher import PatchTeacher, image_scores, smooth
from linewatch.cloud.training.teachers.patches import PatchReader
from linewatch.compiler.normal.gaussian import RegionGaussian, fit_gaussian
from linewatch.compiler.normal.moments import Moments, no_moments
from linewatch.compiler.normal.whitening import Whitening, learn_whitening
from linewatch.compiler.prove.metrics import threshold_for_false_alarms
from linewatch.compiler.teacher import UInt8Array

COMPONENTS = 64


class GaussianTeacher(PatchTeacher):
    """Best where the same part stands in the same place. Nothing in it is random."""

    kind: ClassVar[str] = "gaussian"

    def __init__(self, patches: PatchReader, whitening: Whitening, threshold: float, gaussian: RegionGaussian) -> None:
        super().__init__(patches, whitening, threshold)
        self._gaussian = gaussian

    def strangeness(self, frames: Sequence[UInt8Array]) -> Tensor:
        """Mahalanobis distances float32[N, h, w]."""
        return _distances(self.whitening, self._gaussian, self.patches(frames))

    def learned(self) -> dict[str, Tensor]:
        """Mean and factor of the Gaussians."""
        return {"gaussian.mean": self._gaussian.mean, "gaussian.factor": self._gaussian.factor}

    @classmethod
    def again(cls, patches: PatchReader, whitening: Whitening, threshold: float, learned: Mapping[str, Tensor]) -> Self:
        """See `PatchTeacher.again`."""
        gaussian = RegionGaussian(mean=learned["gaussian.mean"], factor=learned["gaussian.factor"])
        return cls(patches, whitening, threshold, gaussian)

    @classmethod
    def learn(
        cls, patches: PatchReader, good: GoodPictures, *, false_alarm_rate: float, seed: int, progress: Progress
    ) -> Self:
        """Learn what is normal. The threshold comes from held-back pictures, which are then learned from as well.

        Raises:
            PictureError: the pictures are all the same.
        """
        del seed
        held_numbers = set(good.held)
        seen: Moments | None = None
        held: list[Tensor] = []
        for number, frame in enumerate(good.frames(range(good.count))):
            progress("reading features", number, good.count)
            features = patches([frame])
            if number in held_numbers:
                held.append(features)
            else:
                seen = (seen or no_moments(features)).plus(features)
        progress("reading features", good.count, good.count)
        assert seen is not None
        threshold = _threshold(seen, held, false_alarm_rate)
        for features in held:
            seen = seen.plus(features)
        whitening, gaussian = _learned(seen)
        return cls(patches, whitening, threshold, gaussian)


def _learned(moments: Moments) -> tuple[Whitening, RegionGaussian]:
    whitening = learn_whitening(moments, COMPONENTS)
    return whitening, fit_gaussian(moments, whitening)


def _threshold(seen: Moments, held: Sequence[Tensor], false_alarm_rate: float) -> float:
    whitening, gaussian = _learned(seen)
    scores = [image_scores(smooth(_distances(whitening, gaussian, features))) for features in held]
    return threshold_for_false_alarms(torch.cat(scores).numpy(), false_alarm_rate)


def _distances(whitening: Whitening, gaussian: RegionGaussian, features: Tensor) -> Tensor:
    return gaussian.distances(whitening.components(whitening.standardise(features)))
