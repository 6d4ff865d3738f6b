from linewatch.edge.decide.alarm_rate import AlarmCount
from linewatch.edge.update.promise import Conduct, blames_bundle, broken_promises

MANY = AlarmCount.of(events=40, frames=72_000, seconds=3600.0, promised_per_hour=1.0)
FEW = AlarmCount.of(events=1, frames=72_000, seconds=3600.0, promised_per_hour=1.0)


def test_too_many_alarms_and_other_scores_break_a_promise() -> None:
    assert MANY.broken
    broken = broken_promises(
        {
            "a": Conduct(delivers=True, alarms=MANY),
            "b": Conduct(delivers=True, alarms=FEW),
            "c": Conduct(delivers=True, alarms=FEW, outside="90 % of its frames score above 0.5"),
            "d": Conduct(delivers=True),
        }
    )
    assert list(broken) == ["a", "c"]
    assert "40.0 alarms an hour" in broken["a"]
    assert "1.0 were promised" in broken["a"]


def test_a_camera_that_failed_breaks_nothing() -> None:
    assert broken_promises({"a": Conduct(delivers=False, alarms=MANY, outside="all of it")}) == {}


def test_the_scene_is_to_blame_where_the_bundle_before_agrees() -> None:
    assert blames_bundle(0, 8)
    assert blames_bundle(3, 8)
    assert not blames_bundle(4, 8)
    assert not blames_bundle(8, 8)
    assert not blames_bundle(0, 0), "a trouble that is over, as a lamp that failed, speaks against nobody"
