"""How long a model takes, learned while it works, and how many frames may be judged at once because of it."""

_NEWEST = 0.1
"""Share of the newest measurement."""


class Pace:
    """Seconds by number of frames judged at once. Written by any worker: the last one wins."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._seconds: dict[int, float] = {}

    def took(self, count: int, seconds: float) -> None:
        """`count` frames at once took so long."""
        known = self._seconds.get(count, seconds)
        self._seconds[count] = known + _NEWEST * (seconds - known)

    def expected_s(self, count: int) -> float | None:
        """What `count` frames at once will take; as many times longer as one that is known, if that is all there is."""
        near = max((known for known in tuple(self._seconds) if known <= count), default=None)
        return None if near is None else self._seconds[near] * count / near

    def largest(self, limit: int, budget_s: float, waited_s: float) -> int:
        """How many frames, 1 to `limit`, may be judged at once when the oldest has waited for `waited_s` seconds.

        They are done within the budget. Where it is spent already, as many as the whole of it allows: whoever is behind
        catches up with large batches, and not with small ones.
        """
        alone = self.expected_s(1)
        if alone is None:
            return 1
        left_s = budget_s - waited_s if waited_s + alone <= budget_s else budget_s
        fitting = (count for count in range(limit, 1, -1) if (self.expected_s(count) or left_s) <= left_s)
        return next(fitting, 1)
