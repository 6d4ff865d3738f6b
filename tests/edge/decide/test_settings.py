from pathlib import Path

import pytest

from linewatch.edge.decide.event import Severity
from linewatch.edge.decide.settings import DecisionSettings
from linewatch.edge.errors import ConfigurationError
from linewatch.edge.settings import load_settings

_WHOLE = """
mode = "part"
open_after = 1
open_window = 1
min_seconds = 0.5
close_below = 0.8
max_seconds = 60
cool_down_seconds = 10
false_alarms_per_hour = 2
severity = { medium = 2, high = 3.5, classes = { crack = "high", dust = "low" } }

[part]
by = "gap"
after = 2
gate = [0.45, 0, 0.1, 1]
gap = 4
empty = "empty.png"
verdict_socket = "/run/gate.sock"
"""


def load(tmp_path: Path, text: str) -> DecisionSettings:
    path = tmp_path / "decision.toml"
    path.write_text(text)
    return load_settings(DecisionSettings, path)


def test_everything_that_the_guide_names_is_understood(tmp_path: Path) -> None:
    rules = load(tmp_path, _WHOLE)
    assert rules.severity.classes == {"crack": Severity.HIGH, "dust": Severity.LOW}
    assert (rules.part.empty, rules.part.verdict_socket) == (tmp_path / "empty.png", Path("/run/gate.sock"))
    rows, columns = rules.part.view.pixels(100, 200)
    assert (rows, columns) == (slice(0, 100), slice(90, 110))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("open_after = 4", "open_after = 4 can never happen in open_window = 3"),
        ("max_seconds = 1.5", "must be above update_seconds = 2.0"),
        ("severity = { medium = 3.0, high = 2.0 }", "medium = 3.0 is above high = 2.0"),
        ('severity = { classes = { crack = "urgent" } }', "'low', 'medium' or 'high'"),
        ("part = { gate = [0.5, 0.0, 0.6, 1.0] }", "is no part of the frame"),
        ("part = { after = 3, frames = 2 }", "after = 3 can never happen in frames = 2"),
        ("part = { gte = [0.5, 0.0, 0.6, 1.0] }", "did you mean 'gate'?"),
        ("cooldown_seconds = 3", "did you mean 'cool_down_seconds'?"),
        ('mode = "parts"', "'stream' or 'part'"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path, text)
    assert said in str(refused.value)
