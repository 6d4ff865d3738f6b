"""What a running agent's cameras scored lately: for operators who set a threshold without stopping it."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from linewatch.edge.errors import ConfigurationError, WrongUse
from linewatch.edge.infer.verdict import Judged

MOST = 20_000
"""Frames of one camera that are remembered: ten seconds at 2,000 frames a second."""


class _Scored(NamedTuple):
    time_unix_ns: int
    score: float
    bundle: str
    target: str


@dataclass(frozen=True, kw_only=True)
class Lately:
    """Scores of one camera since some time, in the order of the frames; `until_unix_ns` is the time of the last."""

    scores: tuple[float, ...]
    until_unix_ns: int


class RecentScores:
    """Remembers the newest scores of each camera. Fed by the workers, read by whoever asks."""

    def __init__(self, cameras: Iterable[str]) -> None:
        """Nothing seen yet."""
        self._by_camera: Mapping[str, deque[_Scored]] = {name: deque(maxlen=MOST) for name in cameras}

    def add(self, judged: Judged) -> None:
        """A frame was judged. May be called from any thread."""
        frame, verdict = judged.frame, judged.verdict
        scored = _Scored(frame.time_unix_ns, verdict.score, verdict.bundle_digest, verdict.target)
        self._by_camera[frame.camera].append(scored)

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
        newer = sorted(one for one in known.copy() if one.time_unix_ns > after)
        ours = [one for one in newer if (one.bundle, one.target) == judge]
        if newer and not ours:
            raise ConfigurationError(
                f"the agent that runs judges by bundle {newer[-1].bundle[:12]}, and {judge[0][:12]} is to be taught"
            )
        return Lately(scores=tuple(one.score for one in ours), until_unix_ns=ours[-1].time_unix_ns if ours else after)
