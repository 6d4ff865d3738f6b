"""The teachers by name, and which one suits a set of pictures."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from linewatch.cloud.errors import WrongUse
from linewatch.cloud.training.backbones.port import Backbone
from linewatch.cloud.training.progress import Progress, silent
from linewatch.cloud.training.teachers.discriminator import DiscriminatorTeacher
from linewatch.cloud.training.teachers.evidence import SUITED, gaussian_evidence
from linewatch.cloud.training.teachers.gaussian import GaussianTeacher
from linewatch.cloud.training.teachers.good_pictures import GoodPictures
from linewatch.cloud.training.teachers.memory_bank import MemoryBankTeacher
from linewatch.cloud.training.teachers.patch_teacher import PatchTeacher
from linewatch.cloud.training.teachers.patches import PatchReader
from linewatch.compiler.student.shape import LEAST_SIDE, SIDE_STEP

AUTO = "auto"

TEACHERS: Mapping[str, type[PatchTeacher]] = {
    teacher.kind: teacher for teacher in (GaussianTeacher, MemoryBankTeacher, DiscriminatorTeacher)
}
"""Every teacher by its kind."""

SMALL_SIZE = (256, 256)
"""Height and width of the pictures where a Gaussian suits."""

LONGEST_SIDE = 640
"""Pixels of the longer side, at most, where nothing is known but how things look close by."""

_MEASURED = 48


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A teacher's kind, the size of the pictures it looks at, and the `evidence` for it (see `gaussian_evidence`)."""

    kind: str
    size: tuple[int, int]
    evidence: float

    @property
    def by_place(self) -> bool:
        """Whether what is normal can be told for each place of the picture."""
        return self.kind != DiscriminatorTeacher.kind and self.evidence >= SUITED


def check_kind(kind: str) -> str:
    """Give `kind` back if it is `auto` or a known teacher's.

    Raises:
        WrongUse: it is not; names the nearest known one.
    """
    known = [AUTO, *TEACHERS]
    if kind in known:
        return kind
    near = difflib.get_close_matches(kind, known, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    raise WrongUse(f"unknown teacher '{kind}'; known are {', '.join(known)}{hint}")


def choose(
    kind: str,
    size: tuple[int, int] | None,
    backbone: Backbone,
    good: GoodPictures,
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> Choice:
    """Fill in what the user left open, by drawing defects on some of the good pictures.

    Where a Gaussian for each place finds them it is the better detector, and pictures may be small. Where it does not,
    a discriminator is, and it needs the pictures as large as they are.

    Raises:
        PictureError: the pictures are all the same.
    """
    evidence = gaussian_evidence(PatchReader(backbone, SMALL_SIZE), good, seed=seed, progress=progress)
    if kind == AUTO:
        kind = GaussianTeacher.kind if evidence >= SUITED else DiscriminatorTeacher.kind
    if size is None:
        size = _median_size(good) if kind == DiscriminatorTeacher.kind else SMALL_SIZE
    return Choice(kind=kind, size=size, evidence=evidence)


def _median_size(good: GoodPictures) -> tuple[int, int]:
    sides = [frame.shape[:2] for frame in good.frames(good.spread(_MEASURED))]
    height, width = (float(np.median(lengths)) for lengths in zip(*sides, strict=True))
    return close_size(height, width)


def close_size(height: float, width: float) -> tuple[int, int]:
    """The size nearest to `height` x `width` pixels that a student can have, its longer side `LONGEST_SIDE` at most."""
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    sides = (max(LEAST_SIDE, SIDE_STEP * round(side * scale / SIDE_STEP)) for side in (height, width))
    rows, columns = sides
    return rows, columns
