"""Whether the agent gets anywhere. Pure."""

_PATIENCE_S = 60.0


class Pulse:
    """Stops when frames wait and none is judged for a long time: then only a new start helps."""

    def __init__(self, patience_s: float = _PATIENCE_S) -> None:
        """Begin alive."""
        self._patience_s = patience_s
        self._judged = -1
        self._moved_s = 0.0

    def beats(self, judged: int, waiting: int, clock_s: float) -> bool:
        """Whether it lives, `judged` frames having been judged and `waiting` ones waiting at `clock_s` seconds."""
        if judged != self._judged or not waiting:
            self._judged, self._moved_s = judged, clock_s
        return clock_s - self._moved_s <= self._patience_s
