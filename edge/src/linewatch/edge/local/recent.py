"""What a running agent's cameras scored lately: for operators who set a threshold without stopping it."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from linewatch.edge.errors import ConfigurationError, WrongUse
from linewatch.edge.infer.verdict import Judged

MOST = 20_000
"""Frames of one camera that are remembered: ten seconds at 2,000 frames a second."""

_Judge = tuple[str, str]
"""Digest of a bundle, and one of its targets."""


@dataclass(frozen=True, kw_only=True)
class Lately:
    """Scores of one camera since some time, in the order of the frames; `until_unix_ns` is the time of the last."""

    scores: tuple[float, ...]
    until_unix_ns: int


class _Scores:
    """The newest scores of one camera, in memory that is taken at once: an agent that starts does not grow later."""

    def __init__(self) -> None:
        self._times = np.full(MOST, -1, np.int64)
        self._scores = np.full(MOST, np.nan)
        self._judges = np.full(MOST, -1, np.int32)
        self._added = 0
        self._busy = threading.Lock()

    def add(self, time_unix_ns: int, score: float, judge: int) -> None:
        with self._busy:
            place = self._added % MOST
            self._times[place], self._scores[place], self._judges[place] = time_unix_ns, score, judge
            self._added += 1

    def after(self, time_unix_ns: int) -> tuple[list[int], list[float], list[int]]:
        """Times, scores and judges, in the order of the times."""
        with self._busy:
            times = self._times[: self._added]
            order = np.argsort(times, kind="stable")
            order = order[times[order] > time_unix_ns]
            return times[order].tolist(), self._scores[order].tolist(), self._judges[order].tolist()


class RecentScores:
    """Remembers the newest scores of each camera. Fed by the workers, read by whoever asks."""

    def __init__(self, cameras: Iterable[str]) -> None:
        """Nothing seen yet."""
        self._by_camera: Mapping[str, _Scores] = {name: _Scores() for name in cameras}
        self._judges: dict[_Judge, int] = {}
        self._busy = threading.Lock()

    def add(self, judged: Judged) -> None:
        """A frame was judged. May be called from any thread."""
        frame, verdict = judged.frame, judged.verdict
        if verdict.taught_good:  # it alarms nobody, whatever it scores: it must not raise the threshold
            return
        judge = (verdict.bundle_digest, verdict.target)
        number = self._judges.get(judge)
        if number is None:
            with self._busy:
                number = self._judges.setdefault(judge, len(self._judges))
        self._by_camera[frame.camera].add(frame.time_unix_ns, verdict.score, number)

    def since(self, words: Mapping[str, str]) -> Lately:
        """The scores of `camera` that `target` of `bundle` gave after `since_unix_ns`.

        Raises:
            WrongUse: the agent has no such camera, or a word is missing.
            ConfigurationError: another bundle serves.
        """
        try:
            known = self._by_camera[words["camera"]]
            after, judge = int(words["since_unix_ns"]), (words["bundle"], words["target"])
        except (KeyError, ValueError) as error:
            raise WrongUse(f"the agent that runs has no such camera, or was not asked rightly: {error}") from error
        times, scores, judges = known.after(after)
        number = self._judges.get(judge)
        ours = [place for place, one in enumerate(judges) if one == number]
        if judges and not ours:
            (serving, _), *_ = [one for one, its in self._judges.items() if its == judges[-1]]
            raise ConfigurationError(
                f"the agent that runs judges by bundle {serving[:12]}, and {judge[0][:12]} is to be taught"
            )
        return Lately(scores=tuple(scores[place] for place in ours), until_unix_ns=times[ours[-1]] if ours else after)
