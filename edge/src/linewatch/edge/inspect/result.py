"""What an inspection found."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from linewatch.edge.decide.event import Region


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One picture or frame.

    Attributes:
        name: path of the picture below the inspected folder, or `frame-` and its number.
        score: image score; None when it could not be judged.
        milliseconds: the graph alone.
        region: where the strongest anomaly is; None for normal frames and bundles without a map.
        regions: where all of them are, the strongest first.
        trouble: why it could not be judged; else empty.
        overlay: file with the heat map, below the output folder; empty when none was asked for.
    """

    name: str
    score: float | None = None
    anomalous: bool = False
    milliseconds: float = 0.0
    defect_class: str = ""
    region: Region | None = None
    regions: tuple[Region, ...] = ()
    trouble: str = ""
    overlay: str = ""


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """All findings, and the bundle that judged."""

    source: str
    bundle_name: str
    bundle_digest: str
    target: str
    threshold: float
    findings: Sequence[Finding] = field(default_factory=tuple)

    @property
    def judged(self) -> int:
        """Pictures or frames that have a score."""
        return sum(finding.score is not None for finding in self.findings)

    @property
    def anomalous(self) -> int:
        """Pictures or frames at or above the threshold."""
        return sum(finding.anomalous for finding in self.findings)

    @property
    def milliseconds(self) -> float:
        """Mean time of the graph; 0 when nothing was judged."""
        times = [finding.milliseconds for finding in self.findings if finding.score is not None]
        return sum(times) / len(times) if times else 0.0

    def to_json(self) -> dict[str, object]:
        """Plain values for `--json`."""
        counts = {"judged": self.judged, "anomalous": self.anomalous, "milliseconds": self.milliseconds}
        return {**asdict(self), **counts}
