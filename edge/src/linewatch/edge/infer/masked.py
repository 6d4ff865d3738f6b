"""The verdict on what a camera's mask leaves of a frame: a pure rule.

Graphs give one score for the whole frame. Where that is the mean of the highest cells of the map, the score of a part
of the frame is the mean of the highest cells of that part: what a graph would say that saw nothing odd in the rest.
"""

from dataclasses import replace

import numpy as np

from linewatch.edge.capture.mask import Mask
from linewatch.edge.errors import InferenceError
from linewatch.edge.infer.verdict import FloatArray, Verdict

_FAINT = 0.5
"""Hidden cells below this share of the highest seen one hardly weigh in the embedding."""


def score_of(cells: FloatArray, count: int) -> float:
    """The mean of the `count` highest of `cells` float32[N]; of all where there are fewer."""
    if count >= cells.size:
        return float(cells.mean(dtype=np.float64))
    return float(np.partition(cells, cells.size - count)[-count:].mean(dtype=np.float64))


def look_past(verdict: Verdict, mask: Mask, score_cells: int) -> Verdict:
    """The verdict on what `mask` leaves, by a graph whose score is the mean of the `score_cells` highest cells.

    In the map, hidden cells get the smallest value that is seen. The embedding describes the strangest place of the
    whole frame: where hidden cells weigh in it, it is gone, and with it the name of the defect.

    Raises:
        InferenceError: there is no map, or nothing of it is left.
    """
    cells = verdict.anomaly_map
    if cells is None or not score_cells:
        raise InferenceError("the bundle does not tell the score of a part of a frame, and the camera has a mask")
    rows, columns = cells.shape
    hidden = mask.cells(rows, columns, verdict.region)
    if not hidden.any():
        return verdict
    seen = cells[~hidden]
    if not seen.size:
        raise InferenceError("the camera's mask hides all that the bundle looks at")
    faint = float(cells[hidden].max()) < _FAINT * float(seen.max())
    return replace(
        verdict,
        score=score_of(seen, score_cells),
        anomaly_map=np.where(hidden, seen.min(), cells),
        embedding=verdict.embedding if faint else None,
    )
