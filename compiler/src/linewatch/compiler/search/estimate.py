"""How accurate a student will be, from a short lesson."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.progress import silent
from linewatch.compiler.prove.metrics import auroc
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.teach.distil import DistilSettings
from linewatch.compiler.teach.lessons import Lessons
from linewatch.compiler.teach.synthetic import add_defects
from linewatch.compiler.teach.teach import teach
from linewatch.compiler.teacher import UInt8Array

_STEPS, _BATCH = 80, 8
_SPOILED_EACH = 3


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Frames RGB uint8[H, W, 3] that no student learned from: normal ones, and the same with drawn defects."""

    normal: Sequence[UInt8Array]
    spoiled: Sequence[UInt8Array]


def trial_of(held: Sequence[UInt8Array], seed: int) -> Trial:
    """Several drawings of defects on each of the frames that were held back; the same for the same seed."""
    random = np.random.default_rng(seed)
    spoiled = [add_defects(frame, held, random)[0] for frame in held for _ in range(_SPOILED_EACH)]
    return Trial(normal=held, spoiled=spoiled)


def estimated_auroc(lessons: Lessons, settings: CompileSettings, shrink: Shrink, trial: Trial) -> float:
    """Image AUROC of a student that was taught briefly: enough to order students, too low for what they become.

    Raises:
        CompilerError: training diverged, or the pretrained weights are not installed.
    """
    steps = min(_STEPS, settings.distil.steps)
    distil = DistilSettings(steps=steps, batch=_BATCH, learning_rate=settings.distil.learning_rate)
    student = teach(lessons, replace(settings, distil=distil), silent).student
    return auroc(student.scores(shrink(trial.normal)), student.scores(shrink(trial.spoiled)))
