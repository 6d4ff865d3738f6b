"""What was decided and is worth a message, before its evidence is cut out."""

from dataclasses import dataclass

from linewatch.edge.decide.event import Phase, Severity
from linewatch.edge.evidence.still import Still
from linewatch.edge.infer.verdict import Judged


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Draft:
    """One transition. Fields as in `AnomalyEvent`; `film` holds the pictures of its clip, which most have not."""

    event_id: str
    phase: Phase
    time_unix_ns: int
    first_frame: int
    last_frame: int
    frames_anomalous: int
    peak: Judged
    severity: Severity = Severity.LOW
    part: int = 0
    film: tuple[Still, ...] = ()


def excess(judged: Judged) -> float:
    """How far a score is above the threshold: what the verdicts of two bundles on one event have in common."""
    return judged.verdict.score - judged.verdict.threshold
