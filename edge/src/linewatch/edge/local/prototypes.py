"""Good and defect prototypes from a few pictures, and the limits that keep them from hiding defects. Pure.

The numbers below were measured; docs/adr/0024 has the tables.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from linewatch.edge.counted import counted
from linewatch.edge.errors import TeachingRefused
from linewatch.edge.infer.adjustments import BESIDE, BoolArray
from linewatch.edge.infer.verdict import FloatArray, Verdict
from linewatch.edge.local.change import NewDefect, NewGood, Place
from linewatch.protos.bundle import DefectClass, direction_of

LEAST_SIMILARITY = 0.65
"""However unlike each other the pictures are, a frame has to be so near to one of them."""
LEAST_OF_ONE = 0.7
"""The same where one picture is all there is, and nobody knows how its kind varies."""
OF_OTHERS = 0.9
"""A frame has to be so near, as a share of how near the pictures are to each other."""
ROOM = 1.1
"""How far a frame may go beyond the highest score, and the most anomalous cells, of the pictures."""
_AROUND = 2
"""Cells by which the place of the pictures is widened."""
_BESIDE_DEFECTS = 0.02
_TOO_NEAR = 0.95


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """What the graph says of one picture: `strange` bool[h, w] are the cells at or above `threshold`; float32[D]."""

    score: float
    threshold: float
    strange: BoolArray
    direction: FloatArray

    @property
    def cells(self) -> int:
        """How many are strange."""
        return int(self.strange.sum())

    @classmethod
    def of(cls, verdict: Verdict) -> "Seen":
        """From a verdict.

        Raises:
            TeachingRefused: the graph gives no map or no embedding, or one that points nowhere.
        """
        if verdict.embedding is None or verdict.anomaly_map is None:
            raise TeachingRefused(
                "this bundle gives no embeddings, so that nothing can be compared; only its threshold can be set here"
            )
        direction = direction_of(verdict.embedding.tolist())
        if direction is None:
            raise TeachingRefused("the picture shows nothing that differs from normal: give another")
        strange = verdict.anomaly_map >= verdict.threshold
        return cls(
            score=verdict.score,
            threshold=verdict.threshold,
            strange=strange,
            direction=np.asarray(direction, np.float32),
        )


@dataclass(frozen=True, kw_only=True)
class NewlyGood:
    """A good prototype, what people should know of it, and what should make them think."""

    taught: NewGood
    told: tuple[str, ...]
    warnings: tuple[str, ...]


def good_prototype(pictures: Sequence[Seen], defects: Sequence[Seen], classes: Sequence[DefectClass]) -> NewlyGood:
    """What is good from now on.

    Args:
        pictures: each is anomalous, and is no defect.
        defects: pictures of defects that the bundle brought along and that are found.
        classes: prototypes of known defects.

    Raises:
        TeachingRefused: known defects look the same.
    """
    directions = np.stack([one.direction for one in pictures])
    most_score = ROOM * max(one.score for one in pictures)
    most_cells = math.ceil(ROOM * max(one.cells for one in pictures))
    among = _nearness_among(directions)
    radius = LEAST_OF_ONE if among is None else max(LEAST_SIMILARITY, OF_OTHERS * float(among.min()))
    hidden = [
        float((directions @ one.direction).max())
        for one in defects
        if one.score <= most_score and one.cells <= most_cells
    ]
    radius = max([radius, *(near + _BESIDE_DEFECTS for near in hidden)])
    if radius > _TOO_NEAR:
        raise TeachingRefused("a defect that the bundle shows as an example looks the same: it would be hidden, too")
    _refuse_known(directions, classes, radius)
    taught = NewGood(
        directions=tuple(_short(one.direction) for one in pictures),
        least_similarity=radius,
        most_score=most_score,
        strange=pictures[0].threshold,
        most_cells=most_cells,
        place=_place([one.strange for one in pictures], most_cells),
    )
    return NewlyGood(taught=taught, told=_told(taught), warnings=_warnings(taught, among))


def defect_prototype(name: str, pictures: Sequence[Seen]) -> NewDefect:
    """A class of defects from pictures that are anomalous.

    Raises:
        TeachingRefused: they have nothing in common.
    """
    mean = np.mean([one.direction for one in pictures], axis=0)
    if float(np.linalg.norm(mean)) < 1e-3:
        raise TeachingRefused("the pictures have nothing in common: teach them as several classes")
    return NewDefect(name=name, examples=len(pictures), prototype=_short(mean))


def _place(areas: Sequence[BoolArray], most_cells: int) -> Place | None:
    """Where it shows; None where the pictures show it in different places, so that it may be anywhere."""
    if len(areas) > 1:
        others = [_grown(np.any([*areas[:at], *areas[at + 1 :]], axis=0)) for at in range(len(areas))]
        beside = [int((one & ~other).sum()) for one, other in zip(areas, others, strict=True)]
        if sum(cells <= BESIDE * most_cells for cells in beside) * 2 <= len(areas):
            return None
    place = _grown(np.any(areas, axis=0))
    return Place(rows=place.shape[0], columns=place.shape[1], bits=np.packbits(place).tobytes().hex())


def _grown(area: BoolArray) -> BoolArray:
    side = 2 * _AROUND + 1
    return np.asarray(cv2.dilate(area.astype(np.uint8), np.ones((side, side), np.uint8)), np.bool_)


def _short(direction: FloatArray) -> tuple[float, ...]:
    """To six digits, which is as near as anybody can tell, and goes home in half the bytes."""
    return tuple(round(number, 6) for number in direction.tolist())


def _nearness_among(directions: FloatArray) -> FloatArray | None:
    """How near each picture is to the most similar other one; None where there is no other."""
    if len(directions) == 1:
        return None
    table = directions @ directions.T
    np.fill_diagonal(table, -1.0)
    return np.asarray(table.max(1), np.float32)


def _refuse_known(directions: FloatArray, classes: Sequence[DefectClass], radius: float) -> None:
    for one in classes:
        near = max(one.similarity(tuple(direction.tolist())) for direction in directions)
        if near >= radius:
            raise TeachingRefused(
                f"this looks like the known defect '{one.name}' (similarity {near:.2f}): it would be hidden, too"
            )


def _told(new: NewGood) -> tuple[str, ...]:
    return (
        f"from {counted(len(new.directions), 'picture')}: frames at least {new.least_similarity:.2f} similar, scoring "
        f"at most {new.most_score:.3g}, with at most {new.most_cells} anomalous cells, "
        f"{'at this place' if new.place else 'anywhere'}, are normal from now on",
    )


def _warnings(new: NewGood, among: FloatArray | None) -> tuple[str, ...]:
    warnings = ["a part that shows this and a defect beside it may pass, too"]
    if among is None:
        warnings.append("one picture is little: two or three more, of other parts, let more such frames be recognised")
    elif (unlike := int((among < new.least_similarity).sum())) > 0:
        warnings.append(
            f"{unlike} of {len(new.directions)} pictures are so unlike the others that they would not have been "
            "recognised by them: give more pictures, or teach kinds one by one"
        )
    return tuple(warnings)
