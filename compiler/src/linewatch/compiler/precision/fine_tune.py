"""Quantization-aware fine-tuning: a short distillation in which the trunk rounds as the integer graph will."""

from dataclasses import replace

import onnx

from linewatch.compiler.precision.fake import fake_quantized
from linewatch.compiler.progress import Progress
from linewatch.compiler.quantize.calibrate import Ranges
from linewatch.compiler.student.student import Student
from linewatch.compiler.teach.distil import DistilSettings, distil
from linewatch.compiler.teach.lessons import Lessons

_SLOWER = 30
"""Times by which the learning rate is below that of the distillation before: there is little left to learn, and a step
that is too large loses more than rounding does.
"""


def fine_tune(
    student: Student,
    lessons: Lessons,
    model: onnx.ModelProto,
    ranges: Ranges,
    settings: DistilSettings,
    *,
    steps: int,
    seed: int,
    progress: Progress,
) -> float:
    """Train `student` in place, and let it learn again what is normal; gives the last loss.

    Args:
        student: a finished FP32 student.
        lessons: what it learned from.
        model: the FP32 graph that was exported from it.
        ranges: what `calibrate` found of that graph.
        settings: those it was distilled with.
        steps: how long.
        seed: of the choice of pictures.
        progress: told what is being done.

    Raises:
        CompilerError: training diverged.
    """
    slower = replace(settings, steps=steps, learning_rate=settings.learning_rate / _SLOWER)
    with fake_quantized(student.trunk.backbone, model, ranges):
        loss = distil(
            student, lessons, slower, seed=seed, progress=lambda _, done: progress("distil in integers", done)
        )
    student.fit(lessons.normal)
    return loss
