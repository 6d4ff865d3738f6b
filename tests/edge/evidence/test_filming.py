from dataclasses import replace

import numpy as np

from linewatch.edge.capture.frame import Frame
from linewatch.edge.decide.draft import Draft
from linewatch.edge.decide.part_tracker import PartTracker
from linewatch.edge.decide.settings import DecisionSettings
from linewatch.edge.decide.tracker import Tracker
from linewatch.edge.evidence.filming import Filming
from linewatch.edge.evidence.settings import EvidenceSettings
from linewatch.edge.infer.verdict import Judged, Verdict

SETTINGS = EvidenceSettings(clip_before_seconds=2.0, clip_after_seconds=3.0, clip_fps=4.0)
_PIXELS = np.zeros((32, 32, 3), np.uint8)


def film_of(pattern: str, rules: DecisionSettings, settings: EvidenceSettings = SETTINGS) -> list[Draft]:
    """Drafts of a camera of 4 frames a second; `x` is anomalous."""
    tracker, filming = Tracker(rules), Filming(settings, earlier_s=rules.min_seconds)
    drafts: list[Draft] = []
    for number, sign in enumerate(pattern):
        drafts += step(tracker, filming, number, anomalous=sign == "x")
    return [*drafts, *filming.attach(tracker.end())]


def step(
    tracker: Tracker | PartTracker, filming: Filming, number: int, *, anomalous: bool, part: int = 0
) -> list[Draft]:
    frame = Frame("c", number, _PIXELS, number, number / 4, part=part)
    drafts = tracker.step(Judged(frame, Verdict(2.0 if anomalous else 0.0, 1.0, None, None, "d")))
    filming.see(frame)
    return list(filming.attach(drafts))


def shown(draft: Draft) -> tuple[float, float] | None:
    return (draft.film[0].clock_s, draft.film[-1].clock_s) if draft.film else None


RULES = DecisionSettings(open_after=1, open_window=1, close_after=2, update_seconds=2.0)


def test_a_short_event_is_shown_from_before_it_until_it_closes() -> None:
    opened, closed = film_of("." * 20 + "xx" + "." * 20, RULES)
    assert opened.film == ()
    assert shown(closed) == (3.0, 5.75)


def test_a_long_event_is_shown_by_the_first_update_after_the_clip_is_complete_and_not_again() -> None:
    drafts = film_of("." * 20 + "x" * 60 + "...", RULES)
    filmed = [(draft.phase, shown(draft)) for draft in drafts if draft.film]
    assert filmed == [("updated", (3.0, 8.0))]
    assert drafts[2].film


def test_the_clip_of_an_event_without_a_late_update_comes_with_its_end() -> None:
    rules = DecisionSettings(open_after=1, open_window=1, close_after=40, update_seconds=100.0)
    opened, closed = film_of("." * 20 + "x" + "." * 40, rules)
    assert (opened.film, shown(closed)) == ((), (3.0, 8.0))


def test_what_was_suspected_for_long_is_shown_from_before_the_suspicion() -> None:
    rules = replace_min(RULES, 4.0)
    (_, closed) = film_of("." * 40 + "x" * 20 + "...", rules)
    assert shown(closed) == (8.0, 15.25)


def replace_min(rules: DecisionSettings, seconds: float) -> DecisionSettings:
    return rules.model_copy(update={"min_seconds": seconds})


def test_two_events_have_two_clips() -> None:
    drafts = film_of("." * 8 + "x..........x....", RULES)
    assert [shown(draft) for draft in drafts] == [None, (0.0, 2.5), None, (2.75, 5.25)]


def test_a_bad_part_is_shown_from_before_its_peak_until_it_is_over() -> None:
    rules = DecisionSettings(mode="part")
    tracker, filming = PartTracker(rules, _Numbered(), lambda _: True), Filming(SETTINGS)
    drafts: list[Draft] = []
    for number in range(60):
        drafts += step(tracker, filming, number, anomalous=number == 21, part=1 + number // 20)
    (draft,) = drafts
    assert (draft.part, shown(draft)) == (2, (3.25, 10.0))


class _Numbered:
    def part_of(self, frame: Frame) -> int:
        return frame.part

    def end(self) -> None:
        pass


def test_memory_is_bounded_by_the_setting() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (256, 320, 3), np.uint8)
    tight = EvidenceSettings(clip_before_seconds=60, clip_after_seconds=60, clip_fps=30, clip_memory_megabytes=1)
    filming = Filming(tight)
    for number in range(100):
        filming.see(replace(Frame("c", number, noise, 0, number / 30)))
        assert filming.ring.held_bytes <= 1_000_000
    assert filming.ring.held_bytes > 800_000
