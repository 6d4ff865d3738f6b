"""Which stills become the clip of which event. Of the thread that decides for one camera."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from linewatch.edge.capture.frame import Frame
from linewatch.edge.decide.draft import Draft
from linewatch.edge.decide.event import Phase
from linewatch.edge.evidence.settings import EvidenceSettings
from linewatch.edge.evidence.still import Still
from linewatch.edge.evidence.still_ring import StillRing

_SPARE_S = 2.0


@dataclass(slots=True)
class _Clip:
    """The clip of the open event: from `start_s` to `end_s`; `film` once that time has passed."""

    start_s: float
    end_s: float
    film: tuple[Still, ...] = ()
    sent: bool = False


class Filming:
    """Adds stills to drafts: to the first update after the clip is complete, or else to the message that closes.

    Each event has its clip in one message alone. Memory: one ring of `clip_memory_megabytes`, and as much for the clip
    of the open event, with which it shares what it still holds itself.
    """

    def __init__(self, settings: EvidenceSettings, *, earlier_s: float = 0.0) -> None:
        """Keep what `settings` ask for; events open `earlier_s` seconds after they begin."""
        self._before_s = settings.clip_before_seconds + earlier_s
        self._after_s = settings.clip_after_seconds
        self.ring = StillRing(
            fps=settings.clip_fps,
            width=settings.clip_width,
            seconds=self._before_s + self._after_s + _SPARE_S,
            max_bytes=settings.clip_memory_megabytes * 1_000_000,
        )
        self._clip: _Clip | None = None
        self._clock_s = 0.0

    def see(self, frame: Frame) -> None:
        """Take the next frame of the camera."""
        self._clock_s = frame.clock_s
        self.ring.see(frame)
        clip = self._clip
        if clip is not None and not clip.film and frame.clock_s >= clip.end_s:
            clip.film = self.ring.cut(clip.start_s, clip.end_s)

    def attach(self, drafts: Iterable[Draft]) -> tuple[Draft, ...]:
        """The drafts of the frame that was seen last, or of the end of the stream, with their stills."""
        return tuple(map(self._attach, drafts))

    def _attach(self, draft: Draft) -> Draft:
        if draft.part:
            return replace(draft, film=self.ring.cut(draft.peak.frame.clock_s - self._before_s, self._clock_s))
        if draft.phase is Phase.OPENED or self._clip is None:
            self._clip = _Clip(self._clock_s - self._before_s, self._clock_s + self._after_s)
            return draft
        return self._follow(draft, self._clip)

    def _follow(self, draft: Draft, clip: _Clip) -> Draft:
        closes = draft.phase is Phase.CLOSED
        if closes:
            self._clip = None
        if clip.sent or not (clip.film or closes):
            return draft
        clip.sent = True
        film, clip.film = clip.film or self.ring.cut(clip.start_s, self._clock_s), ()
        return replace(draft, film=film)
