from dataclasses import replace

import pytest
import structlog
from structlog.testing import capture_logs

from edge.health.snapshots import CAMERA, snapshot
from linewatch.edge.agent.report import AgentReport
from linewatch.edge.agent.watch import Watch, is_strange
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


@pytest.mark.parametrize(
    ("anomalous", "judged", "strange"),
    [
        (199, 199, False),  # too few to tell
        (200, 200, True),
        (180, 200, True),  # nine of ten
        (179, 200, False),
        (358, 360, True),  # an H.264 video before a bundle that was taught from clean pictures
        (899, 1000, False),
        (900, 1000, True),
        (0, 0, False),
    ],
)
def test_frames_are_strange_from_nine_anomalous_of_ten_on(anomalous: int, judged: int, strange: bool) -> None:
    assert is_strange(replace(CAMERA, frames_anomalous=anomalous, frames_judged=judged)) == strange


def test_strange_frames_are_told_once_for_each_camera() -> None:
    watch = Watch(structlog.get_logger(), announce=lambda: None)
    gate = replace(CAMERA, camera="gate")
    with capture_logs() as logs:
        for line, yard in ((10, 0), (358, 300), (500, 340)):
            cameras = (
                replace(CAMERA, frames_judged=line, frames_anomalous=line),
                replace(gate, frames_judged=360, frames_anomalous=yard),
            )
            watch.look(replace(snapshot().agent, cameras=cameras), "")
    strange = [(line["camera"], line["anomalous"], line["frames"]) for line in logs if "nearly every" in line["event"]]
    assert strange == [("line-1", 358, 358), ("gate", 340, 360)]


def test_what_was_warned_of_stands_while_it_holds() -> None:
    watch = Watch(structlog.get_logger(), announce=lambda: None)
    stands = []
    for events in (3, 40, 12, 3):
        watch.look(report(events), "")
        stands.append([warning[:29] for warning in watch.standing])
    assert stands == [[], ["line-1: far more alarms than "], ["line-1: far more alarms than "], []]
    strange = replace(CAMERA, alarms=AlarmReport(), frames_judged=300, frames_anomalous=290)
    watch.look(replace(snapshot().agent, cameras=(strange,)), "")
    (warning,) = watch.standing
    assert "taught from other pictures" in warning
