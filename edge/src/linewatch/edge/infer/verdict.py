"""What the graph says about one frame."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from linewatch.edge.capture.frame import Frame
from linewatch.protos.bundle import RegionOfInterest

FloatArray: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """One frame's scores, and who gave them.

    Attributes:
        score: image score in the unit of `threshold`.
        threshold: at or above it the frame is anomalous.
        anomaly_map: float32[h, w] in the same unit, of `region`; None when the graph gives none.
        embedding: float32[D]; None when the graph gives none.
        bundle_digest: the bundle that judged.
        defect_classes: names of the D components of the embedding; empty when it names nothing.
        region: the part of the frame that the bundle looks at; None when that is the whole.
    """

    score: float
    threshold: float
    anomaly_map: FloatArray | None
    embedding: FloatArray | None
    bundle_digest: str
    defect_classes: tuple[str, ...] = ()
    region: RegionOfInterest | None = None

    @property
    def anomalous(self) -> bool:
        """Whether the frame is anomalous."""
        return self.score >= self.threshold

    @property
    def defect_class(self) -> str:
        """Name of the strongest component of the embedding; empty when components have no names."""
        if self.embedding is None or not self.defect_classes:
            return ""
        if self.embedding.shape != (len(self.defect_classes),):
            return ""
        return self.defect_classes[int(self.embedding.argmax())]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A frame and the verdict on it."""

    frame: Frame
    verdict: Verdict
