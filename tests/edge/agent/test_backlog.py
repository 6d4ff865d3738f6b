from dataclasses import replace

from linewatch.edge.agent.backlog import Backlog
from linewatch.edge.decide.event import AnomalyEvent, HealthEvent, Phase, Severity
from linewatch.edge.spool.simulated import simulated_event

HEALTH = HealthEvent(camera="c", event_id="h", phase=Phase.OPENED, time_unix_ns=1, reason="unplugged")


def event(number: int, phase: Phase, severity: Severity | None = Severity.LOW) -> AnomalyEvent:
    return replace(simulated_event(3 * number), phase=phase, severity=severity)


def test_the_least_worth_goes_first_and_the_oldest_among_equals() -> None:
    backlog = Backlog(most=4)
    low, high, updated = (
        event(0, Phase.CLOSED),
        event(1, Phase.CLOSED, Severity.HIGH),
        event(2, Phase.UPDATED, Severity.HIGH),
    )
    for one in (low, high, updated, HEALTH):
        assert backlog.add(one) == []
    assert backlog.add(event(3, Phase.OPENED)) == [updated]
    assert backlog.add(event(4, Phase.OPENED, None)) == [low]
    assert backlog.add(event(5, Phase.UPDATED)) == [event(5, Phase.UPDATED)]
    assert backlog.first() == high
    assert len(backlog) == 4


def test_the_end_of_an_event_that_is_known_is_kept_before_others() -> None:
    backlog = Backlog(most=2)
    backlog.add(event(0, Phase.OPENED))
    backlog.kept()
    end, other = event(0, Phase.CLOSED), event(1, Phase.CLOSED, Severity.HIGH)
    backlog.add(end)
    backlog.add(other)
    assert backlog.add(event(2, Phase.CLOSED, Severity.HIGH)) == [other]
    assert backlog.first() == end


def test_bytes_are_bounded_but_one_is_always_held() -> None:
    backlog = Backlog(most_bytes=1000)
    large = event(0, Phase.CLOSED)
    assert backlog.add(large) == []
    assert backlog.add(event(1, Phase.CLOSED)) == [large]
    assert len(backlog) == 1
