"""What waits for the recorder's thread is bounded, and what ends an event goes last."""

import pytest

from edge.judged import judged
from linewatch.edge.agent.intake import Intake
from linewatch.edge.decide.draft import Draft
from linewatch.edge.decide.event import Phase, Severity


def event(number: int, phase: Phase, severity: Severity = Severity.LOW) -> Draft:
    return Draft(
        event_id=str(number),
        phase=phase,
        time_unix_ns=9,
        first_frame=number,
        last_frame=number,
        frames_anomalous=1,
        peak=judged(number, 2.0),
        severity=severity,
    )


@pytest.mark.parametrize("phase", [Phase.UPDATED, Phase.OPENED])
def test_what_ends_an_event_is_kept_before_what_begins_or_goes_on(phase: Phase) -> None:
    intake = Intake(2)
    end, other = event(0, Phase.CLOSED), event(1, phase, Severity.HIGH)
    for one in (end, other):
        assert intake.put(one, 0.0) is None
    assert intake.put(event(2, Phase.CLOSED), 0.0) == other
    assert intake.take(0.0) == end


def test_what_was_put_is_taken_in_its_order_and_then_it_ends() -> None:
    intake = Intake(2)
    first, second = event(0, Phase.OPENED), event(1, Phase.OPENED)
    intake.put(first, 0.0)
    intake.put(second, 0.0)
    intake.end()
    assert not intake.ended
    assert (intake.take(None), intake.take(None), intake.take(None)) == (first, second, None)
    assert intake.ended
