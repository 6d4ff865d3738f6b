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
from linewatch.compiler.teach.synthetic import spoiled_copies
from linewatch.compiler.teacher import FloatArray, UInt8Array

SUITED = 0.9
"""AUROC on drawn defects from which a Gaussian has a say beside a discriminator that learned from labels.

Measured (docs/adr/0014): 0.94 for parts in a fixture, where both together are better than either; 0.85 for surfaces of
one kind, where the discriminator is better alone.
"""

SUFFICIENT = 0.995
"""AUROC on the labelled defects from which a Gaussian needs nothing beside it."""

_DRAWN_EACH = 3

ENOUGH_LABELLED = 5
"""Labelled defects below which their AUROC says too little."""


def settle_heads(
    student: Student,
    held: Sequence[UInt8Array],
    labelled: Sequence[LabelledPicture],
    shrink: Shrink,
    budget: Budget,
    seed: int,
) -> None:
    """Let a head go that the evidence speaks against, and make those that stay comparable.

    Defects drawn on the frames that were held back tell whether a Gaussian sees defects at all, and the labelled ones
    whether it sees all of them: it learned from good pictures alone. Of the discriminator, which learned from both,
    they say nothing. In its unit a head's score of 1 is the threshold that it would have alone.

    Args:
        student: a finished FP32 student; one with a single head stays as it is.
        held: frames of normal parts that no training saw.
        labelled: frames with the defects that the student learned from.
        shrink: how the student makes its picture of a frame.
        budget: the false alarms that are accepted.
        seed: of the drawn defects.

    Raises:
        ScoresUnusable: the scores of one head set no threshold.
    """
    if len(student.shape.heads) == 1:
        return
    normal = head_scores(student, shrink(held))
    if len(labelled) >= ENOUGH_LABELLED:
        drawn = spoiled_copies(held, _DRAWN_EACH, seed)
        evidence = [
            auroc(normal[GAUSSIAN], head_scores(student, shrink(frames))[GAUSSIAN])
            for frames in (drawn, [picture.frame for picture in labelled])
        ]
        heads = heads_for(*evidence)
        if len(heads) == 1:
            student.shape, student.units = replace(student.shape, heads=heads), torch.ones(1)
            return
    student.units = torch.tensor([decide(normal[head].tolist(), budget).value for head in student.shape.heads])


def heads_for(drawn: float, labelled: float) -> tuple[str, ...]:
    """The heads for a Gaussian that finds drawn and labelled defects with these AUROCs."""
    if labelled >= SUFFICIENT and drawn >= SUITED:
        return (GAUSSIAN,)
    return (GAUSSIAN, DISCRIMINATOR) if drawn >= SUITED else (DISCRIMINATOR,)


@torch.no_grad()
def head_scores(student: Student, pictures: UInt8Array) -> dict[str, FloatArray]:
    """What each head alone scores pictures uint8[N, height, width, 3], float32[N] by its name."""
    student.eval()
    opinions = [student.opinions(batch) for batch in batches(pictures)]
    return {
        head: np.asarray(torch.cat([opinion[place].scores for opinion in opinions]).numpy(), np.float32)
        for place, head in enumerate(student.shape.heads)
    }
