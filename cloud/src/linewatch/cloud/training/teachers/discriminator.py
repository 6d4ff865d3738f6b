"""A network that learned to tell synthetic defects from the good pictures that they were drawn on.

In the manner of DRAEM (Zavrtanik et al., ICCV 2021) and SuperSimpleNet (Rolih et al., ICPR 2024), but the pretrained
network is fine-tuned as well, on windows of the pictures. It is the student before pruning, with a wider head.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from linewatch.cloud.errors import WrongUse
from linewatch.cloud.training.progress import Progress
from linewatch.cloud.training.teachers.good_pictures import GoodPictures
from linewatch.cloud.training.teachers.patch_teacher import PatchTeacher
from linewatch.cloud.training.teachers.patches import PatchReader
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.normal.moments import Moments, no_moments
from linewatch.compiler.normal.whitening import Whitening, learn_whitening
from linewatch.compiler.pictures import frame_size
from linewatch.compiler.prove.metrics import threshold_for_false_alarms
from linewatch.compiler.student.efficientnet_lite import NAME
from linewatch.compiler.student.shape import DISCRIMINATOR, StudentShape
from linewatch.compiler.student.student import Student
from linewatch.compiler.teach.distil import DistilSettings, distil
from linewatch.compiler.teach.settle import settle
from linewatch.compiler.teach.study import study
from linewatch.compiler.teacher import UInt8Array

HIDDEN = 64
COMPONENTS = 64
_MOST_GOOD = 300
"""Good pictures that defects are drawn on; more would need too much memory where pictures are large."""
_MATERIAL = 600
_SETTINGS = DistilSettings(steps=300, batch=8, learning_rate=1e-3)


class DiscriminatorTeacher(PatchTeacher):
    """Needs no alignment, and finds what looks drawn upon, broken or out of place, however small."""

    kind: ClassVar[str] = "discriminator"

    def __init__(self, patches: PatchReader, whitening: Whitening, threshold: float, network: Student) -> None:
        super().__init__(patches, whitening, threshold)
        self._network = network.eval()

    def strangeness(self, frames: Sequence[UInt8Array]) -> Tensor:
        """How sure the network is that a patch is defective: float32[N, h, w], soft above 0."""
        maps = [self._network.opinions(_tensor(self.patches.pictures([frame])))[0].maps for frame in frames]
        return torch.cat(maps)

    def learned(self) -> dict[str, Tensor]:
        """The weights of the network."""
        return {f"network.{name}": value.contiguous() for name, value in self._network.state_dict().items()}

    @classmethod
    def again(cls, patches: PatchReader, whitening: Whitening, threshold: float, learned: Mapping[str, Tensor]) -> Self:
        """See `PatchTeacher.again`."""
        network = _network(patches)
        network.load_state_dict({name: learned[f"network.{name}"] for name in network.state_dict()})
        return cls(patches, whitening, threshold, network)

    @classmethod
    def learn(
        cls, patches: PatchReader, good: GoodPictures, *, false_alarm_rate: float, seed: int, progress: Progress
    ) -> Self:
        """Learn from three quarters of the pictures, with defects drawn on them; the others set the threshold.

        Raises:
            PictureError: the pictures are all the same.
            WrongUse: the backbone is not the one that can be fine-tuned.
            CompilerError: training diverged.
        """
        if patches.backbone.name != NAME:
            raise WrongUse(f"the discriminator fine-tunes {NAME}: choose that backbone, or another teacher")
        frames = list(good.frames(good.fit[:: -(-len(good.fit) // _MOST_GOOD)]))
        whitening = _whitening(patches, frames, progress)
        shrink = Shrink.for_frames(patches.size, *frame_size(frames))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = _network(patches)
        (lessons,) = study(
            None,
            frames,
            [],
            [shrink],
            network.shape,
            count=max(_MATERIAL, 2 * len(frames)),
            seed=seed,
            progress=lambda _, share: progress("drawing defects", round(100 * share), 100),
        )
        settle(network, lessons)
        distil(
            network,
            lessons,
            _SETTINGS,
            seed=seed,
            progress=lambda _, share: progress("learning defects", round(100 * share), 100),
        )
        teacher = cls(patches, whitening, 0.0, network)
        scores = [teacher.scores([frame]) for frame in good.frames(good.held)]
        teacher.threshold = threshold_for_false_alarms(np.concatenate(scores), false_alarm_rate)
        return teacher


def _network(patches: PatchReader) -> Student:
    height, width = patches.size
    return Student(StudentShape(height=height, width=width, heads=(DISCRIMINATOR,), hidden=HIDDEN))


def _whitening(patches: PatchReader, frames: Sequence[UInt8Array], progress: Progress) -> Whitening:
    moments: Moments | None = None
    for done, frame in enumerate(frames):
        progress("reading features", done, len(frames))
        features = patches([frame])
        moments = (moments or no_moments(features)).plus(features)
    progress("reading features", len(frames), len(frames))
    assert moments is not None
    return learn_whitening(moments, COMPONENTS)


def _tensor(pictures: UInt8Array) -> Tensor:
    return torch.from_numpy(pictures).permute(0, 3, 1, 2)
