import numpy as np
import pytest

from edge.judged import judged
from edge.tiny_bundle import TARGET, colour_bank
from linewatch.edge.decide.event import Severity
from linewatch.edge.decide.settings import SeveritySettings
from linewatch.edge.decide.severity import severity_of
from linewatch.edge.infer.verdict import Verdict


@pytest.mark.parametrize(
    ("score", "threshold", "expected"),
    [(2.0, 2.0, "low"), (2.9, 2.0, "low"), (3.0, 2.0, "medium"), (5.0, 2.0, "high"), (5.0, -1.0, "low")],
)
def test_severity_goes_by_multiples_of_the_threshold(score: float, threshold: float, expected: str) -> None:
    rules = SeveritySettings(medium=1.5, high=2.5)
    assert severity_of(judged(0, score, threshold).verdict, rules) == expected


def test_a_class_has_a_severity_of_its_own() -> None:
    bank = colour_bank({"crack": (1.0, 0.0, 0.0), "stain": (0.0, 0.0, 1.0)})
    rules = SeveritySettings(classes={"crack": Severity.HIGH, "stain": Severity.LOW})
    for colour, score, expected in (((9, 0, 0), 1.0, "high"), ((0, 0, 9), 9.0, "low"), ((0, 9, 0), 9.0, "high")):
        embedding = np.array(colour, np.float32)
        assert severity_of(Verdict(score, 1.0, None, embedding, "d", TARGET, bank), rules) == expected


def test_the_order_is_that_of_urgency() -> None:
    assert [severity.rank() for severity in (Severity.LOW, Severity.MEDIUM, Severity.HIGH)] == [0, 1, 2]
