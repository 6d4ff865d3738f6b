from linewatch.edge.decide.event import HealthEvent, Phase
from linewatch.edge.decide.health import CameraHealth


def told(*calls: str) -> list[tuple[Phase, str]]:
    """What is emitted: `+` delivers, `.` stops, anything else is a reason to fail."""
    events: list[HealthEvent] = []
    health = CameraHealth("c", events.append)
    for call in calls:
        if call == "+":
            health.delivers()
        elif call == ".":
            health.stops()
        else:
            health.fails(call)
    assert all(event.camera == "c" for event in events)
    opened = [event.event_id for event in events if event.phase is Phase.OPENED]
    assert len(set(opened)) == len(opened)
    return [(event.phase, event.reason) for event in events]


def test_a_healthy_camera_says_nothing() -> None:
    assert told("+", "+", ".") == []


def test_a_failure_opens_an_event_and_a_frame_closes_it() -> None:
    assert told("+", "no frame", "+", "+") == [(Phase.OPENED, "no frame"), (Phase.CLOSED, "no frame")]


def test_failing_again_is_told_when_the_reason_is_another() -> None:
    assert told("a", "a", "b", "b", "+", "a", ".") == [
        (Phase.OPENED, "a"),
        (Phase.UPDATED, "b"),
        (Phase.CLOSED, "b"),
        (Phase.OPENED, "a"),
        (Phase.CLOSED, "a; the agent stopped"),
    ]


def test_long_reasons_are_cut() -> None:
    assert len(told("x" * 1000)[0][1]) == 200


def test_a_reason_is_one_line_that_the_cloud_takes() -> None:
    ((_, reason),) = told("decoder said:\n\tno\x1b[31m frame")
    assert reason.isprintable()
    assert reason.startswith("decoder said:  no")
