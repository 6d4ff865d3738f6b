"""Which detector suits a set of pictures, judged by defects drawn on good ones.

A Gaussian for each place learns from good pictures alone. So the defects that are drawn on pictures which it did not
see tell honestly whether the place, or one kind of surface, says what is normal there.
"""

import numpy as np

from linewatch.cloud.training.progress import Progress, silent
from linewatch.cloud.training.teachers.gaussian import GaussianTeacher
from linewatch.cloud.training.teachers.good_pictures import GoodPictures
from linewatch.cloud.training.teachers.patches import PatchReader
from linewatch.compiler.prove.metrics import auroc
from linewatch.compiler.teach.synthetic import add_defects

SUITED = 0.7
"""AUROC on drawn defects from which a Gaussian for each place suits.

Measured: 0.94 and 0.93 for parts in a fixture, 0.83 for surfaces of one kind, 0.55 for cut-outs of circuit boards
(`ball_screw`, `toy_alien`, `magnetic_tile`, `deep_pcb` of docs/benchmarks.md).
"""

_LOOKED_AT = 96
_SPOILED_EACH = 3
_MOST_HELD = 24


def gaussian_evidence(patches: PatchReader, good: GoodPictures, *, seed: int, progress: Progress) -> float:
    """AUROC of a Gaussian between good pictures that it did not see and drawn defects on them.

    Raises:
        PictureError: the pictures are all the same.
    """
    looked_at = good.spread(_LOOKED_AT)
    few = GoodPictures(count=len(looked_at), read=lambda index: good.read(looked_at[index]))
    fit = few.fit
    learned = GoodPictures(count=len(fit), read=lambda index: few.read(fit[index]))
    teacher = GaussianTeacher.learn(patches, learned, false_alarm_rate=0.5, seed=seed, progress=silent)
    held = list(few.frames(few.held[:_MOST_HELD]))
    random = np.random.default_rng(seed)
    normal, spoiled = [], []
    for done, frame in enumerate(held):
        progress("drawing defects", done, len(held))
        normal.append(teacher.scores([frame]))
        drawn = [add_defects(frame, held, random)[0] for _ in range(_SPOILED_EACH)]
        spoiled.append(teacher.scores(drawn))
    progress("drawing defects", len(held), len(held))
    return auroc(np.concatenate(normal), np.concatenate(spoiled))
