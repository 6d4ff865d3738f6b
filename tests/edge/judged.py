"""Verdicts on frames that nobody looked at."""

import numpy as np

from linewatch.edge.capture.frame import Frame
from linewatch.edge.infer.verdict import Judged, Verdict

_PIXELS = np.zeros((4, 4, 3), np.uint8)


def judged(
    number: int,
    score: float,
    threshold: float = 1.0,
    digest: str = "a" * 64,
    promised: float | None = None,
    taught_good: bool = False,
) -> Judged:
    """Frame `number`, captured at `number` seconds, with this `score`, by a bundle that promises this rate."""
    frame = Frame("c", number, _PIXELS, 1_000 + number, float(number))
    verdict = Verdict(score, threshold, None, None, digest, false_positive_rate=promised, taught_good=taught_good)
    return Judged(frame, verdict)
