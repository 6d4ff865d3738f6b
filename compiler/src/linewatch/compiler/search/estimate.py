"""How accurate a student will be, from a short lesson."""

from collections.abc import Sequence
from dataclasses import replace

from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.progress import silent
from linewatch.compiler.prove.metrics import auroc
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.teach.distil import DistilSettings
from linewatch.compiler.teach.lessons import Lessons
from linewatch.compiler.teach.teach import teach
from linewatch.compiler.teacher import UInt8Array

_STEPS, _BATCH = 80, 8


def estimated_auroc(
    lessons: Lessons,
    settings: CompileSettings,
    shrink: Shrink,
    normal: Sequence[UInt8Array],
    spoiled: Sequence[UInt8Array],
) -> float:
    """Image AUROC of a student that was taught briefly: enough to order students, too low for what they become.

    `normal` and `spoiled` are frames RGB uint8[H, W, 3] that it did not learn from.

    Raises:
        CompilerError: training diverged, or the pretrained weights are not installed.
    """
    steps = min(_STEPS, settings.distil.steps)
    distil = DistilSettings(steps=steps, batch=_BATCH, learning_rate=settings.distil.learning_rate)
    student = teach(lessons, replace(settings, distil=distil), silent).student
    return auroc(student.scores(shrink(normal)), student.scores(shrink(spoiled)))
