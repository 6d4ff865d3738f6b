from dataclasses import replace

import structlog
from structlog.testing import capture_logs

from edge.health.snapshots import CAMERA, snapshot
from linewatch.edge.agent.report import AgentReport
from linewatch.edge.agent.watch import Watch
from linewatch.edge.decide.alarm_rate import AlarmCount, AlarmReport


def report(events: int) -> AgentReport:
    alarms = AlarmReport(recent=AlarmCount.of(events, 90_000, 3600.0, 2.0))
    return replace(snapshot().agent, cameras=(replace(CAMERA, alarms=alarms),))


def test_a_broken_promise_is_told_once_and_so_is_its_end() -> None:
    watch = Watch(structlog.get_logger(), announce=lambda: None)
    with capture_logs() as logs:
        for events in (3, 40, 41, 12, 40, 4, 3, 40):
            watch.look(report(events), "")
    said = [(line["log_level"], line["per_hour"]) for line in logs]
    assert said == [("warning", 40.0), ("info", 4.0), ("warning", 40.0)]
    assert all(line["camera"] == "line-1" and line["promised"] == 2.0 for line in logs)
