"""What the graph says about one frame."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from linewatch.edge.capture.frame import Frame
from linewatch.edge.errors import InferenceError
from linewatch.protos.bundle import ClassBank, RegionOfInterest

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
        target: the target of that bundle whose graph judged.
        classes: the bundle's classes of defects; None when it names nothing.
        region: the part of the frame that the bundle looks at; None when that is the whole.
        false_positive_rate: the share of normal frames that are called anomalous, as promised; None: no promise.
        taught_good: this device was taught that what the frame shows is no defect.
    """

    score: float
    threshold: float
    anomaly_map: FloatArray | None
    embedding: FloatArray | None
    bundle_digest: str
    target: str = ""
    classes: ClassBank | None = None
    region: RegionOfInterest | None = None
    false_positive_rate: float | None = None
    taught_good: bool = False

    @property
    def anomalous(self) -> bool:
        """Whether the frame is anomalous."""
        return self.score >= self.threshold and not self.taught_good

    @property
    def defect_class(self) -> str:
        """Name of the defect; empty when the bundle names nothing, or is not sure enough."""
        if self.embedding is None or self.classes is None:
            return ""
        return self.classes.name(self.target, self.embedding.tolist())


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A frame and the verdict on it."""

    frame: Frame
    verdict: Verdict

    def kept(self) -> "Judged":
        """The same with a frame that may be kept for long; see `Frame.kept`."""
        return Judged(self.frame.kept(), self.verdict)


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A frame without a verdict.

    Attributes:
        part: number of the part of the line that it shows; 0 for none.
        error: what failed; None where it came too early: the serving bundle looks at more frames before it than there
            are.
        bundle_digest: the bundle that could not judge it; empty where it came too early.
    """

    part: int
    error: InferenceError | None = None
    bundle_digest: str = ""
