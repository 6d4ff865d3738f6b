"""How urgent an anomaly is. Pure."""

from linewatch.edge.decide.event import Severity
from linewatch.edge.decide.settings import SeveritySettings
from linewatch.edge.infer.verdict import Verdict


def severity_of(verdict: Verdict, rules: SeveritySettings) -> Severity:
    """The severity of an anomalous frame: that of its class, or else by how far it is above the threshold."""
    if rules.classes and (known := rules.classes.get(verdict.defect_class)) is not None:
        return known
    # Only a threshold above 0 has multiples.
    multiple = verdict.score / verdict.threshold if verdict.threshold > 0 else 0.0
    if multiple >= rules.high:
        return Severity.HIGH
    return Severity.MEDIUM if multiple >= rules.medium else Severity.LOW
