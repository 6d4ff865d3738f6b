import itertools
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from edge.judged import judged
from linewatch.edge.capture.frame import Frame
from linewatch.edge.decide.draft import Draft
from linewatch.edge.decide.event import Phase, Severity
from linewatch.edge.decide.part import PartTally, PartVerdict, Quality
from linewatch.edge.decide.part_finder import Gaps, Triggered
from linewatch.edge.decide.part_machine import PART_TABLE, PartSignal, PartState
from linewatch.edge.decide.part_tracker import PartTracker
from linewatch.edge.decide.settings import DecisionSettings, PartSettings
from linewatch.edge.infer.verdict import Judged
from linewatch.edge.ring.lost import LostPart


class Line:
    """Parts that a trigger numbers.

    `(part, score)` for each frame, a `LostPart` for one that is not judged, None where the stream ends.
    """

    def __init__(self, after: int = 1, frames: int = 0) -> None:
        self.told: list[tuple[int, PartVerdict]] = []
        self.drafts: list[Draft] = []
        rules = DecisionSettings(mode="part", part=PartSettings(after=after, frames=frames))
        self.tracker = PartTracker(rules, Triggered(), self._hear)
        self._number = 0

    def _hear(self, verdict: PartVerdict) -> bool:
        self.told.append((self._number, verdict))
        return True

    def show(self, *frames: tuple[int, float] | LostPart | None) -> "Line":
        for frame in frames:
            if frame is None:
                self.drafts += self.tracker.end()
                continue
            if isinstance(frame, LostPart):
                self.drafts += self.tracker.lose(frame)
                continue
            self.drafts += self.tracker.step(on_part(self._number, *frame))
            self._number += 1
        return self

    @property
    def verdicts(self) -> list[tuple[int, str]]:
        return [(verdict.part, str(verdict.quality)) for _, verdict in self.told]


def on_part(number: int, part: int, score: float) -> Judged:
    seen = judged(number, score)
    return Judged(replace(seen.frame, part=part), seen.verdict)


def test_the_table_has_a_line_for_all_that_can_happen() -> None:
    impossible = {(PartState.ABSENT, signal) for signal in PartSignal} - {
        (PartState.ABSENT, PartSignal.COMES),
        (PartState.ABSENT, PartSignal.GOES),
        (PartState.ABSENT, PartSignal.CUT_SHORT),
    }
    impossible |= {
        (PartState.GOOD, PartSignal.COMES),
        (PartState.BAD, PartSignal.COMES),
        (PartState.BAD, PartSignal.ANOMALOUS),
    }
    assert set(PART_TABLE) == set(itertools.product(PartState, PartSignal)) - impossible


def test_a_bad_part_is_told_of_at_once_and_written_once_when_it_is_over() -> None:
    line = Line(after=2).show((7, 0.1), (7, 2.0), (7, 1.6), (7, 3.0), (8, 0.2), (0, 0.1), None)
    assert line.told == [(2, PartVerdict(part=7, quality=Quality.BAD)), (5, PartVerdict(part=8, quality=Quality.GOOD))]
    (draft,) = line.drafts
    assert (draft.phase, draft.part, draft.first_frame, draft.last_frame) == (Phase.CLOSED, 7, 0, 3)
    assert (draft.frames_anomalous, draft.peak.frame.number, draft.severity) == (3, 3, Severity.HIGH)
    assert (line.tracker.parts.good, line.tracker.parts.bad) == (1, 1)


def test_a_part_of_known_length_gets_its_verdict_without_waiting_for_the_next() -> None:
    line = Line(frames=1).show((1, 0.5), (2, 1.5), (3, 0.5))
    assert line.told == [
        (0, PartVerdict(part=1, quality=Quality.GOOD)),
        (1, PartVerdict(part=2, quality=Quality.BAD)),
        (2, PartVerdict(part=3, quality=Quality.GOOD)),
    ]
    assert [draft.part for draft in line.drafts] == [2]
    assert line.tracker.parts.stray == 0
    assert line.show((3, 9.0)).tracker.parts.stray == 1


def test_one_anomalous_frame_too_few_leaves_a_part_good() -> None:
    line = Line(after=2).show((1, 5.0), (1, 0.1), (2, 5.0), None)
    assert line.verdicts == [(1, "good"), (2, "unsure")]
    assert line.drafts == []


def test_a_part_that_was_not_seen_as_often_as_it_should_have_been_is_not_called_good() -> None:
    line = Line(after=2, frames=3).show(
        (1, 0.1), (1, 0.1), (1, 0.1), (2, 0.1), (2, 0.1), (3, 5.0), (3, 5.0), (4, 0.1), None
    )
    assert line.verdicts == [(1, "good"), (2, "unsure"), (3, "bad"), (4, "unsure")]
    assert [draft.part for draft in line.drafts] == [3]
    assert line.tracker.parts.unsure == 2


def test_a_part_that_lost_its_only_frame_is_unsure_at_once() -> None:
    line = Line(frames=1).show((1, 0.1), LostPart(2), (3, 2.0), LostPart(4))
    assert line.told == [
        (0, PartVerdict(part=1, quality=Quality.GOOD)),
        (1, PartVerdict(part=2, quality=Quality.UNSURE)),
        (1, PartVerdict(part=3, quality=Quality.BAD)),
        (2, PartVerdict(part=4, quality=Quality.UNSURE)),
    ]
    assert (line.tracker.parts.missed, line.tracker.parts.unsure) == (0, 2)


def test_a_part_is_not_called_good_without_all_of_its_frames_and_bad_whatever_was_lost() -> None:
    line = Line().show((1, 0.1), LostPart(1), LostPart(2), (2, 2.0), (3, 2.0), LostPart(3), (4, 0.1), (5, 0.1), None)
    assert line.verdicts == [(1, "unsure"), (2, "bad"), (3, "bad"), (4, "good"), (5, "unsure")]
    assert [(draft.part, draft.first_frame, draft.last_frame) for draft in line.drafts] == [(2, 1, 1), (3, 2, 2)]


def test_lost_frames_count_towards_those_of_a_part() -> None:
    line = Line(frames=2).show(
        LostPart(1), (1, 0.1), (2, 0.1), LostPart(2), LostPart(2), (3, 2.0), LostPart(3), (4, 0.1)
    )
    assert line.verdicts == [(1, "unsure"), (2, "unsure"), (3, "bad")]
    assert [draft.part for draft in line.drafts] == [3]


def test_a_part_of_which_no_frame_will_come_is_over() -> None:
    line = Line(frames=3).show(LostPart(6, over=True), (7, 2.0), LostPart(8, over=True))
    assert line.verdicts == [(6, "unsure"), (7, "bad"), (8, "unsure")]
    assert [draft.part for draft in line.drafts] == [7]


def test_what_a_trigger_says_is_nothing_to_parts_told_apart_by_gaps() -> None:
    rules = DecisionSettings(mode="part", part=PartSettings(by="gap"))
    tracker = PartTracker(rules, Gaps(rules.part), lambda _: True)
    assert tracker.lose(LostPart(1)) == tracker.lose(LostPart(2, over=True)) == ()
    assert tracker.parts == PartTally()


def test_parts_that_no_frame_shows_are_missed_and_frames_without_a_part_stray() -> None:
    line = Line().show((3, 0.1), (0, 4.0), (0, 0.1), (6, 0.1), None, (7, 0.1), (1, 0.1), None)
    assert line.verdicts == [(3, "good"), (6, "unsure"), (7, "good"), (1, "unsure")]
    assert (line.tracker.parts.missed, line.tracker.parts.stray) == (2, 1)


@given(
    st.lists(st.none() | st.tuples(st.integers(0, 4), st.sampled_from([0.3, 1.0, 2.0])), max_size=80),
    st.integers(1, 3),
    st.sampled_from([0, 3, 5]),
)
def test_every_part_gets_one_verdict_and_every_bad_one_one_message(
    frames: list[tuple[int, float] | None], after: int, length: int
) -> None:
    line = Line(after=after, frames=length).show(*frames, None)
    parts = line.tracker.parts
    assert parts.good + parts.bad + parts.unsure == len(line.told)
    assert [part for part, quality in line.verdicts if quality == "bad"] == [draft.part for draft in line.drafts]
    assert len({draft.event_id for draft in line.drafts}) == len(line.drafts)
    assert all(draft.frames_anomalous >= after for draft in line.drafts)
    if not length:
        runs = [part for part, _ in itertools.groupby(frames, key=lambda frame: frame and frame[0])]
        shown = [part for part in runs if part]
        over = [part for at, part in enumerate(shown) if at == 0 or part != shown[at - 1]]
        # A part that comes again after a gap is the same part, which is over already.
        assert [part for part, _ in line.verdicts] == over
    stray = sum(draft.frames_anomalous for draft in line.drafts) + parts.stray
    assert stray <= sum(frame is not None and frame[1] >= 1.0 for frame in frames)


def test_a_triggered_frame_is_of_the_part_that_the_trigger_said() -> None:
    frame: Frame = on_part(0, 4711, 0.0).frame
    assert Triggered().part_of(frame) == 4711
