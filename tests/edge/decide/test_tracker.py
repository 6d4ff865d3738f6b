import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.judged import judged
from linewatch.edge.decide.draft import Draft
from linewatch.edge.decide.event import Phase, Severity
from linewatch.edge.decide.settings import DecisionSettings, SeveritySettings
from linewatch.edge.decide.tracker import Tracker
from linewatch.edge.infer.verdict import Judged


def track(scores: list[float], rules: DecisionSettings) -> list[Draft]:
    names = (f"event-{at}" for at in itertools.count())
    tracker = Tracker(rules, new_id=lambda: next(names))
    told = [tracker.step(judged(number, score)) for number, score in enumerate(scores)]
    return [draft for drafts in [*told, tracker.end()] for draft in drafts]


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
    (closed,) = tracker.step(judged(2, 0.0))
    assert closed.peak.frame.number == 0
    assert closed.peak.verdict.bundle_digest == "a" * 64


def test_two_events_have_two_names() -> None:
    rules = DecisionSettings(open_after=1, open_window=1, close_after=1, update_seconds=100)
    assert [draft.event_id for draft in track([2, 0, 2, 0], rules)] == ["event-0", "event-0", "event-1", "event-1"]


def test_an_event_that_does_not_last_is_not_told_of() -> None:
    rules = DecisionSettings(open_after=1, open_window=1, close_after=2, min_seconds=3, update_seconds=100)
    assert track([2, 2, 0, 0, 2, 0, 2, 0, 0], rules) == []
    opened, closed = track([0, 2, 5, 0, 2, 3, 0, 0], rules)
    assert (opened.phase, opened.first_frame, opened.last_frame, opened.frames_anomalous) == (Phase.OPENED, 1, 4, 3)
    assert opened.peak.frame.number == 2
    assert (closed.last_frame, closed.frames_anomalous, closed.event_id) == (5, 4, opened.event_id)


def test_a_score_near_the_threshold_keeps_an_event_open() -> None:
    rules = DecisionSettings(open_after=1, open_window=1, close_after=2, close_below=0.8, update_seconds=100)
    opened, closed = track([2, 0.5, 0.9, 0.5, 0.85, 0.5, 2, 0.7, 0.7, 2], rules)[:2]
    assert (opened.first_frame, closed.last_frame, closed.frames_anomalous) == (0, 6, 2)
    assert track([0.9] * 20, rules) == []


def test_a_standing_anomaly_is_closed_and_opened_anew_after_the_cool_down() -> None:
    rules = DecisionSettings(
        open_after=1, open_window=1, close_after=2, max_seconds=4, cool_down_seconds=3, update_seconds=2
    )
    names = (f"event-{at}" for at in itertools.count())
    tracker = Tracker(rules, new_id=lambda: next(names))
    drafts = [draft for number in range(14) for draft in tracker.step(judged(number, 2.0))]
    said = [(draft.event_id, draft.phase, draft.first_frame, draft.last_frame) for draft in drafts]
    assert said == [
        ("event-0", Phase.OPENED, 0, 0),
        ("event-0", Phase.UPDATED, 0, 2),
        ("event-0", Phase.CLOSED, 0, 4),
        ("event-1", Phase.OPENED, 7, 7),
        ("event-1", Phase.UPDATED, 7, 9),
        ("event-1", Phase.CLOSED, 7, 11),
    ]
    assert tracker.held_back == 2 + 2


def test_severity_rises_and_never_falls() -> None:
    severity = SeveritySettings(medium=2.0, high=3.0, classes={"stain": Severity.LOW})
    rules = DecisionSettings(open_after=1, open_window=1, close_after=1, update_seconds=1, severity=severity)
    drafts = track([1.1, 2.5, 1.2, 3.0, 1.0, 0.0], rules)
    assert [draft.severity for draft in drafts] == [
        Severity.LOW,
        Severity.MEDIUM,
        Severity.MEDIUM,
        Severity.HIGH,
        Severity.HIGH,
        Severity.HIGH,
    ]


_rules = st.builds(
    lambda after, more, close, below, least, cool, longest: DecisionSettings(
        open_after=after,
        open_window=after + more,
        close_after=close,
        close_below=below,
        min_seconds=least,
        cool_down_seconds=cool,
        max_seconds=longest,
        update_seconds=2.0,
    ),
    st.integers(1, 3),
    st.integers(0, 3),
    st.integers(1, 4),
    st.sampled_from([0.5, 1.0]),
    st.sampled_from([0.0, 2.0, 5.0]),
    st.sampled_from([0.0, 3.0, 10.0]),
    st.sampled_from([0.0, 2.5, 8.0]),
)
_scores = st.lists(st.sampled_from([0.2, 0.7, 1.0, 1.6, 3.0, None]), max_size=120)


@given(_rules, _scores)
def test_whatever_the_scores_events_open_once_and_close_once_and_their_counts_add_up(
    rules: DecisionSettings, scores: list[float | None]
) -> None:
    """None is the end of a stream."""
    tracker = Tracker(rules)
    drafts: list[Draft] = []
    for number, score in enumerate(scores):
        drafts += tracker.end() if score is None else tracker.step(judged(number, score))
    drafts += tracker.end()
    assert not tracker.busy
    by_event = {name: list(each) for name, each in itertools.groupby(drafts, key=lambda draft: draft.event_id)}
    assert sum(map(len, by_event.values())) == len(drafts)  # no event is told of after the next one began
    last_closed_ns: int | None = None
    for told in by_event.values():
        assert [told[0].phase, told[-1].phase] == [Phase.OPENED, Phase.CLOSED]
        assert {draft.phase for draft in told[1:-1]} <= {Phase.UPDATED}
        counts = [draft.frames_anomalous for draft in told]
        assert counts == sorted(counts)
        assert all(later.severity.rank() >= one.severity.rank() for one, later in itertools.pairwise(told))
        first, last = told[-1].first_frame, told[-1].last_frame
        seen = [score for score in scores[first : last + 1] if score is not None and score >= 1.0]
        assert counts[-1] == len(seen)
        assert told[-1].peak.verdict.score == max(seen)
        opened_ns = told[0].time_unix_ns
        assert opened_ns - (1_000 + first) >= rules.min_seconds
        if last_closed_ns is not None:
            assert opened_ns - last_closed_ns >= rules.cool_down_seconds
        last_closed_ns = told[-1].time_unix_ns
    anomalous = sum(score is not None and score >= 1.0 for score in scores)
    told_of = sum(told[-1].frames_anomalous for told in by_event.values())
    assert told_of + tracker.held_back <= anomalous
    if rules.open_after == 1 and not rules.min_seconds:
        assert told_of + tracker.held_back == anomalous


def test_what_was_taught_as_good_ends_an_event_whatever_its_score() -> None:
    tracker = Tracker(DecisionSettings(open_after=1, open_window=1, close_after=2, update_seconds=100))
    opened = tracker.step(judged(0, 5.0))
    closed = [draft for number in (1, 2) for draft in tracker.step(judged(number, 5.0, taught_good=True))]
    assert [draft.phase for draft in (*opened, *closed)] == [Phase.OPENED, Phase.CLOSED]
    assert tracker.step(judged(3, 5.0, taught_good=True)) == ()


def test_frames_are_not_copied_while_an_event_cools_down(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[int] = []
    kept = Judged.kept

    def counted(one: Judged) -> Judged:
        copied.append(one.frame.number)
        return kept(one)

    monkeypatch.setattr(Judged, "kept", counted)
    rules = DecisionSettings(open_after=1, open_window=1, close_after=1, cool_down_seconds=5, update_seconds=100)
    drafts = track([2, 0, 3, 3, 3, 3, 2], rules)
    assert [draft.first_frame for draft in drafts] == [0, 0, 6, 6]
    assert copied == [0, 6]
