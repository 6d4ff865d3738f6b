"""How the heads of a finished student judge together."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from linewatch.compiler.bundle.threshold import Budget, decide
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.pictures import LabelledPicture
from linewatch.compiler.prove.metrics import auroc
from linewatch.compiler.student.shape import DISCRIMINATOR, GAUSSIAN
from linewatch.compiler.student.student import Student, batches
from linewatch.compiler.teacher import FloatArray, UInt8Array

SUITED, SUFFICIENT = 0.9, 0.995
"""AUROC on labelled defects from which a Gaussian has a say beside a discriminator that learned from them, and from
which it needs none beside it.

Measured with ten labelled defects a kind (docs/adr/0014): with 0.82 the discriminator is better alone, with 0.97 both
together are better than either, with 1.00 the Gaussian is.
"""

ENOUGH_LABELLED = 5
"""Labelled defects below which their AUROC says too little."""


def settle_heads(
    student: Student,
    held: Sequence[UInt8Array],
    labelled: Sequence[LabelledPicture],
    shrink: Shrink,
    budget: Budget,
) -> None:
    """Let a head go that the labelled defects speak against, and make those that stay comparable.

    The Gaussian learned from good pictures alone, so that the labelled ones judge it honestly; of the discriminator,
    which learned from them, they say nothing. In its unit a head's score of 1 is the threshold that it would have
    alone.

    Args:
        student: a finished FP32 student; one with a single head stays as it is.
        held: frames of normal parts that no training saw.
        labelled: frames with the defects that the student learned from.
        shrink: how the student makes its picture of a frame.
        budget: the false alarms that are accepted.

    Raises:
        ScoresUnusable: the scores of one head set no threshold.
    """
    if len(student.shape.heads) == 1:
        return
    normal = head_scores(student, shrink(held))
    if len(labelled) >= ENOUGH_LABELLED:
        found = head_scores(student, shrink([picture.frame for picture in labelled]))
        heads = _suited(auroc(normal[GAUSSIAN], found[GAUSSIAN]))
        if len(heads) == 1:
            student.shape, student.units = replace(student.shape, heads=heads), torch.ones(1)
            return
    student.units = torch.tensor([decide(normal[head].tolist(), budget).value for head in student.shape.heads])


def _suited(found: float) -> tuple[str, ...]:
    """The heads for a Gaussian that finds the labelled defects with this AUROC."""
    if found < SUITED:
        return (DISCRIMINATOR,)
    return (GAUSSIAN,) if found >= SUFFICIENT else (GAUSSIAN, DISCRIMINATOR)


@torch.no_grad()
def head_scores(student: Student, pictures: UInt8Array) -> dict[str, FloatArray]:
    """What each head alone scores pictures uint8[N, height, width, 3], float32[N] by its name."""
    student.eval()
    opinions = [student.opinions(batch) for batch in batches(pictures)]
    return {
        head: np.asarray(torch.cat([opinion[place].scores for opinion in opinions]).numpy(), np.float32)
        for place, head in enumerate(student.shape.heads)
    }
