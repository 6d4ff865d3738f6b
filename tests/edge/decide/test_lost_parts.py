"""Whatever becomes of its frames on their way, each part that a trigger named gets one verdict, in its turn."""

import random
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.judged import judged
from linewatch.edge.capture.frame import Frame
from linewatch.edge.decide.desk import Desk
from linewatch.edge.decide.part import PartVerdict
from linewatch.edge.decide.part_finder import Triggered
from linewatch.edge.decide.part_tracker import PartTracker
from linewatch.edge.decide.settings import DecisionSettings, PartSettings
from linewatch.edge.errors import InferenceError
from linewatch.edge.infer.batch import Result
from linewatch.edge.infer.verdict import Judged, Unjudged
from linewatch.edge.ring.lost import Lost
from linewatch.edge.ring.ring import Ring, Taken
from linewatch.edge.ring.settings import RingSettings

FATES = st.sampled_from(["normal", "normal", "anomalous", "fails", "early"])
STEPS = st.lists(st.tuples(FATES, st.integers(0, 3)), max_size=3)
"""The frames of a part: what becomes of each, and how many items a worker takes after it came."""
PIXELS = np.zeros((4, 4, 3), np.uint8)


class Line:
    """A ring and a desk, and workers that overtake each other between them."""

    def __init__(self, frames: int, room: int, order: random.Random) -> None:
        rules = DecisionSettings(mode="part", part=PartSettings(frames=frames))
        self.told: list[tuple[int, str]] = []
        self.ring = Ring(RingSettings(frames=room))
        self.ring.add_camera("c", live=True)
        self.desk = Desk(rules, emit=lambda _: None, on_failure=lambda _: None, clock=lambda: 0.0)
        self.desk._tracker = PartTracker(rules, Triggered(), self._hear)
        self.fates: list[str] = []
        self.judged: dict[int, list[str]] = {}
        self._order = order
        self._under_way: list[tuple[int, Result]] = []

    def _hear(self, verdict: PartVerdict) -> bool:
        self.told.append((verdict.part, str(verdict.quality)))
        return True

    def capture(self, part: int, fate: str) -> None:
        self.ring.put(Frame("c", len(self.fates), PIXELS, 0, 0.0, part=part))
        self.fates.append(fate)

    def work(self, most: int) -> None:
        """Take at most so many items, and deliver some of those that were taken so far, in any order."""
        for _ in range(min(most, self.ring.waiting())):
            self._under_way += [(one.ticket, self._judge(one)) for one in self.ring.take(lambda: None)]
        self.deliver(self._order.randint(0, len(self._under_way)))

    def deliver(self, count: int) -> None:
        self._order.shuffle(self._under_way)
        for _ in range(count):
            self.desk.deliver(*self._under_way.pop())

    def end(self) -> None:
        self.ring.end_stream("c")
        self.work(self.ring.waiting())
        self.deliver(len(self._under_way))

    def _judge(self, taken: Taken[None]) -> Result:
        frame = taken.item
        if not isinstance(frame, Frame):
            return frame
        fate = self.fates[frame.number]
        if fate in ("fails", "early"):
            return Unjudged(frame.part, InferenceError("torn") if fate == "fails" else None)
        self.judged.setdefault(frame.part, []).append(fate)
        return Judged(replace(frame), judged(0, 2.0 if fate == "anomalous" else 0.0).verdict)

    def expected(self, part: int, frames: int, *, cut_short: bool) -> str:
        seen = self.judged.get(part, [])
        if "anomalous" in seen:
            return "bad"
        return "good" if seen and len(seen) == frames and not cut_short else "unsure"


@given(st.lists(STEPS, max_size=30), st.integers(0, 3), st.integers(1, 3), st.randoms(use_true_random=False))
def test_each_part_that_a_trigger_named_gets_one_verdict_in_its_turn(
    parts: list[list[tuple[str, int]]], frames: int, room: int, order: random.Random
) -> None:
    if frames:
        parts = [part[:frames] for part in parts]
    line = Line(frames, room, order)
    for number, part in enumerate(parts, 1):
        if not part:
            line.ring.lose("c", Lost.unseen([number]))
        for fate, takes in part:
            line.capture(number, fate)
            line.work(takes)
    line.end()
    assert line.told == [
        (number, line.expected(number, frames or len(part), cut_short=not frames and number == len(parts)))
        for number, part in enumerate(parts, 1)
    ]
    tally = line.desk.parts
    assert tally is not None
    assert (tally.good + tally.bad + tally.unsure, tally.missed) == (len(parts), 0)
    accounted = line.desk.tally.judged + line.desk.tally.failed + line.desk.tally.early + line.ring.overrun("c")
    assert accounted == len(line.fates)
