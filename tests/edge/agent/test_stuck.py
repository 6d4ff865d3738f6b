from linewatch.edge.agent.stuck import TOO_MANY, Stuck, told
from linewatch.edge.decide.failed_run import FailedRun


def run(frames: int) -> FailedRun:
    return FailedRun("a" * 64, frames, "no memory")


def test_a_camera_is_stuck_after_many_frames_in_a_row() -> None:
    stuck = Stuck()
    assert stuck.look({"c": run(TOO_MANY - 1), "d": run(1)}) == {}
    found = stuck.look({"c": run(TOO_MANY), "d": run(2)})
    assert told(found) == "c: no memory"


def test_after_an_attempt_it_is_counted_anew() -> None:
    stuck = Stuck()
    stuck.attempt({"c": run(TOO_MANY)})
    assert stuck.look({"c": run(2 * TOO_MANY - 1)}) == {}
    assert stuck.look({"c": run(2 * TOO_MANY)})
    assert stuck.look({}) == {}
    assert stuck.look({"c": run(TOO_MANY)}), "a frame was judged meanwhile"


def test_another_bundle_begins_a_run_of_its_own() -> None:
    assert run(7).longer("a" * 64, "full") == FailedRun("a" * 64, 8, "full")
    assert run(7).longer("b" * 64, "full") == FailedRun("b" * 64, 1, "full")
