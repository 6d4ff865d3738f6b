import itertools

from edge.judged import judged
from linewatch.edge.decide.event import Phase
from linewatch.edge.decide.settings import DecisionSettings
from linewatch.edge.decide.tracker import Draft, Tracker


def track(scores: list[float], rules: DecisionSettings) -> list[Draft]:
    names = (f"event-{at}" for at in itertools.count())
    tracker = Tracker(rules, new_id=lambda: next(names))
    drafts = [tracker.step(judged(number, score)) for number, score in enumerate(scores)]
    return [draft for draft in [*drafts, tracker.end()] if draft is not None]


def test_an_event_says_where_it_began_peaked_and_ended() -> None:
    rules = DecisionSettings(open_after=2, open_window=3, close_after=2, update_seconds=100)
    opened, closed = track([0, 2, 0, 3, 5, 4, 0, 1.0, 0, 0, 0], rules)
    assert (opened.phase, opened.first_frame, opened.last_frame, opened.frames_anomalous) == (Phase.OPENED, 1, 3, 2)
    assert opened.peak.frame.number == 3
    assert (closed.phase, closed.first_frame, closed.last_frame, closed.frames_anomalous) == (Phase.CLOSED, 1, 7, 5)
    assert closed.peak.frame.number == 4
    assert closed.event_id == opened.event_id == "event-0"
    assert closed.time_unix_ns == 1_009


def test_updates_carry_the_peak_so_far() -> None:
    rules = DecisionSettings(open_after=1, open_window=1, close_after=1, update_seconds=2)
    drafts = track([2, 3, 4, 3, 9, 0], rules)
    assert [draft.phase for draft in drafts] == [Phase.OPENED, Phase.UPDATED, Phase.UPDATED, Phase.CLOSED]
    assert [draft.peak.frame.number for draft in drafts] == [0, 2, 4, 4]


def test_a_suspicion_that_left_the_window_is_not_part_of_the_event() -> None:
    rules = DecisionSettings(open_after=2, open_window=3, close_after=9, update_seconds=100)
    opened, _ = track([9, 0, 0, 0, 2, 3], rules)
    assert (opened.first_frame, opened.peak.frame.number, opened.frames_anomalous) == (4, 5, 2)


def test_an_open_event_is_closed_at_the_end_of_the_stream() -> None:
    rules = DecisionSettings(open_after=1, open_window=1, close_after=9, update_seconds=100)
    assert [draft.phase for draft in track([2, 2], rules)] == [Phase.OPENED, Phase.CLOSED]


def test_peaks_of_two_bundles_compare_by_their_distance_to_the_threshold() -> None:
    tracker = Tracker(DecisionSettings(open_after=1, open_window=1, close_after=1, update_seconds=100))
    tracker.step(judged(0, 2.0))
    tracker.step(judged(1, 10.5, threshold=10.0, digest="b" * 64))
    closed = tracker.step(judged(2, 0.0))
    assert closed is not None
    assert closed.peak.frame.number == 0
    assert closed.peak.verdict.bundle_digest == "a" * 64


def test_two_events_have_two_names() -> None:
    rules = DecisionSettings(open_after=1, open_window=1, close_after=1, update_seconds=100)
    assert [draft.event_id for draft in track([2, 0, 2, 0], rules)] == ["event-0", "event-0", "event-1", "event-1"]
