"""Holds the events of a video against what it truly showed."""

from collections.abc import Sequence
from dataclasses import dataclass

from linewatch.cloud.demo.showing import Showing


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One event as the cloud stored it: its frames, both inclusive, and the one it was worst in."""

    first: int
    last: int
    peak: int


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Parts of a video and how they were judged.

    `found` of the `defective` parts overlap an event, those `missed` do not; `false_alarms` of the `good` parts have an
    event going on in their middle, or hold the peak of one that overlaps no defective part.
    """

    defective: int
    found: int
    good: int
    false_alarms: int
    missed: tuple[Showing, ...]

    @property
    def miss_rate(self) -> float:
        """Share of the defective parts without an event; 0 when there was none."""
        return 1 - self.found / self.defective if self.defective else 0.0

    @property
    def false_alarm_rate(self) -> float:
        """Share of the good parts with an event of their own; 0 when there was none."""
        return self.false_alarms / self.good if self.good else 0.0


def tally(showings: Sequence[Showing], alarms: Sequence[Alarm]) -> Tally:
    """Count found parts and false alarms."""
    defective = [showing for showing in showings if showing.defective]
    good = [showing for showing in showings if not showing.defective]
    unfounded = [alarm for alarm in alarms if not any(_overlap(alarm, showing) for showing in defective)]
    missed = tuple(one for one in defective if not any(_overlap(alarm, one) for alarm in alarms))
    return Tally(
        defective=len(defective),
        found=len(defective) - len(missed),
        missed=missed,
        good=len(good),
        false_alarms=sum(
            any(_peaks_in(alarm, showing) for alarm in unfounded) or any(_in_middle(alarm, showing) for alarm in alarms)
            for showing in good
        ),
    )


def _overlap(alarm: Alarm, showing: Showing) -> bool:
    return alarm.first <= showing.last and showing.first <= alarm.last


def _peaks_in(alarm: Alarm, showing: Showing) -> bool:
    return showing.first <= alarm.peak <= showing.last


def _in_middle(alarm: Alarm, showing: Showing) -> bool:
    return alarm.first <= (showing.first + showing.last + 1) // 2 <= alarm.last
