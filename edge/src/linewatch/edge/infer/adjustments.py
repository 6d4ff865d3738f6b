"""What operators taught this device about a bundle, as a pure rule that is applied after the graph."""

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from linewatch.edge.infer.verdict import FloatArray, Verdict
from linewatch.protos.bundle import ClassBank, direction_of
from linewatch.protos.bundle.classes import Direction

BoolArray: TypeAlias = npt.NDArray[np.bool_]

BESIDE = 0.1
"""Share of the most cells of something good that may lie beside its place."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TaughtGood:
    """Something that raises the score and is no defect, as a few pictures showed it.

    Attributes:
        directions: float32[N, D], the embeddings of the pictures with length 1.
        least_similarity: cosine that a frame's embedding must reach with one of them.
        most_score: above this score a frame shows more than what was taught.
        strange: cells of the anomaly map count from this value on; the threshold when it was taught.
        most_cells: with more of them, too.
        place: bool[h, w], where these cells may lie, but for a tenth of `most_cells`; None for anywhere.
    """

    directions: FloatArray
    least_similarity: float
    most_score: float
    strange: float
    most_cells: int
    place: BoolArray | None = None

    def holds(self, score: float, anomaly_map: FloatArray) -> bool:
        """Whether a frame shows no more than what was taught, and where it was taught."""
        strange = anomaly_map >= self.strange
        if score > self.most_score or int(strange.sum()) > self.most_cells:
            return False
        if self.place is None:
            return True
        return self.place.shape == strange.shape and int((strange & ~self.place).sum()) <= BESIDE * self.most_cells

    def similarity(self, direction: Direction) -> float:
        """The cosine of a direction of length 1 with the most similar picture."""
        return float((self.directions @ np.asarray(direction, np.float32)).max())


@dataclass(frozen=True, kw_only=True, eq=False)
class Adjustments:
    """All that was taught about one target of one bundle; empty, the bundle's own values serve.

    Attributes:
        threshold: stands in for the bundle's; None where that serves.
        false_positive_rate: what is promised with `threshold`; None: nothing.
        classes: stand in for the bundle's, which they contain; None where those serve.
        goods: what is no defect.
    """

    threshold: float | None = None
    false_positive_rate: float | None = None
    classes: ClassBank | None = None
    goods: tuple[TaughtGood, ...] = ()

    def apply(self, verdict: Verdict) -> Verdict:
        """The verdict of the graph as this device was taught to see it."""
        if self is NOTHING_TAUGHT:
            return verdict
        seen = verdict if self.classes is None else replace(verdict, classes=self.classes)
        if self.threshold is not None:
            seen = replace(seen, threshold=self.threshold, false_positive_rate=self.false_positive_rate)
        return replace(seen, taught_good=True) if self.goods and seen.anomalous and self._excuse(seen) else seen

    def _excuse(self, verdict: Verdict) -> bool:
        """Whether an anomalous frame shows what was taught as good, no more of it, and is less like any defect."""
        if verdict.embedding is None or verdict.anomaly_map is None:
            return False
        held = [one for one in self.goods if one.holds(verdict.score, verdict.anomaly_map)]
        direction = direction_of(verdict.embedding.tolist())
        if not held or direction is None:
            return False
        defects = () if verdict.classes is None else verdict.classes.of(verdict.target)
        like_defects = max((one.similarity(direction) for one in defects), default=-1.0)
        return any(like_defects < one.similarity(direction) >= one.least_similarity for one in held)


NOTHING_TAUGHT = Adjustments()
