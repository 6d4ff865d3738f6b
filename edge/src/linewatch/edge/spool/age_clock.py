"""How old a message is, on a device whose wall clock may be wrong. Pure: both clocks are given."""

_LEAST_WALL_S = 1_577_836_800.0
"""2020-01-01: a wall clock before it was never set."""


class AgeClock:
    """Seconds that never run backwards and never leap while the agent runs, whatever the wall clock does.

    Between two starts it goes on by what the wall clock says went by, where that can be believed; otherwise it stands
    still. So a wrong clock makes messages look younger, and nothing is given up for it.
    """

    def __init__(self, *, at_s: float, wall_s: float, told_wall_s: float, monotonic_s: float) -> None:
        """Go on from `at_s`, which was told when the wall clock showed `told_wall_s`; now it shows `wall_s`."""
        believable = min(wall_s, told_wall_s) >= _LEAST_WALL_S
        self._start_s = at_s + (max(0.0, wall_s - told_wall_s) if believable else 0.0)
        self._monotonic_s = monotonic_s

    def now_s(self, monotonic_s: float) -> float:
        """Seconds at `monotonic_s`."""
        return self._start_s + monotonic_s - self._monotonic_s
