"""Whether the scores of a bundle stay within the band that its manifest saw in validation. Pure."""

import threading
from dataclasses import dataclass, field

from linewatch.edge.infer.verdict import Judged
from linewatch.edge.update.exhibits import Exhibit, Exhibits
from linewatch.protos.bundle import ScoreBand, Target

BLOCKS = 3
"""So many blocks in a row have to lie outside."""
BLOCK_FRAMES = 100
BLOCK_S = 20.0
_EXHIBIT_EVERY_S = 1.0


@dataclass(slots=True)
class _Block:
    """The scores of one camera since the last block was closed, and how many blocks in a row lay outside."""

    begun_s: float
    frames: int = 0
    below: int = 0
    above: int = 0
    in_a_row: int = 0
    said: str = ""
    exhibit_s: float = field(default=-1e9)


class ScoreWatch:
    """Follows the scores of the serving bundle on each camera. Fed by the workers, asked by the guard.

    A block of at least 100 frames and 20 s lies outside the band where more than half of its frames do: its median is
    then below the lowest or above the highest score of all normal pictures of the validation. A few defects do not
    move it.
    """

    def __init__(self) -> None:
        """Nothing serves."""
        self._lock = threading.Lock()
        self._digest = ""
        self._band: ScoreBand | None = None
        self._threshold = 0.0
        self._blocks: dict[str, _Block] = {}
        self._exhibits = Exhibits()
        self._wanted = False

    def serve(self, digest: str, target: Target) -> None:
        """From now on this bundle is followed; forgets everything that spoke against another one."""
        with self._lock:
            self._digest, self._band, self._threshold = digest, target.normal_scores, target.threshold.score
            self._blocks.clear()
            self._exhibits.clear()
            self._wanted = False

    def keep_exhibits(self) -> None:
        """There is a bundle that can be asked about frames which speak against the one that serves."""
        with self._lock:
            self._wanted = True

    def forget(self) -> None:
        """Begin anew with the same bundle."""
        with self._lock:
            self._blocks.clear()
            self._exhibits.clear()

    def ended(self, camera: str) -> None:
        """The stream of `camera` ended or broke: what its last frames were says nothing about the bundle."""
        with self._lock:
            self._blocks.pop(camera, None)

    def frame(self, judged: Judged) -> None:
        """A frame was judged."""
        if not self._speaks_against(judged):
            return
        exhibit = Exhibit.of(judged.frame)  # megabytes: nobody waits for the copy
        with self._lock:
            if judged.verdict.bundle_digest == self._digest:
                self._exhibits.add(exhibit)

    def _speaks_against(self, judged: Judged) -> bool:
        """Count it; whether it is to be kept for the bundle before."""
        verdict, frame = judged.verdict, judged.frame
        with self._lock:
            band = self._band
            if band is None or verdict.bundle_digest != self._digest:
                return False
            block = self._blocks.setdefault(frame.camera, _Block(frame.clock_s))
            # What an operator taught this device to be normal does not speak against the bundle.
            high = band.high if verdict.threshold == self._threshold else max(band.high, verdict.threshold)
            # What a mask leaves of a frame scores lower than all of it, of which the band was made.
            below = frame.mask is None and verdict.score < band.low
            above = verdict.score > high and not verdict.taught_good
            block.frames += 1
            block.below += below
            block.above += above
            if block.frames >= BLOCK_FRAMES and frame.clock_s - block.begun_s >= BLOCK_S:
                self._close(block, band, frame.clock_s)
            odd = below or above or verdict.anomalous
            if not (self._wanted and odd and frame.clock_s - block.exhibit_s >= _EXHIBIT_EVERY_S):
                return False
            block.exhibit_s = frame.clock_s
            return True

    def outside(self) -> dict[str, str]:
        """By camera, in what way its scores left the band, for people; only cameras where they did."""
        with self._lock:
            return {camera: block.said for camera, block in self._blocks.items() if block.in_a_row >= BLOCKS}

    def exhibits(self) -> list[Exhibit]:
        """The last frames that were anomalous or outside the band, a few of each camera at most."""
        with self._lock:
            return self._exhibits.all()

    def _close(self, block: _Block, band: ScoreBand, now_s: float) -> None:
        side, beyond = ("below", block.below) if block.below > block.above else ("above", block.above)
        if 2 * beyond > block.frames:
            block.in_a_row += 1
            limit = band.low if side == "below" else band.high
            share = 100 * beyond / block.frames
            block.said = f"{share:.0f} % of its frames score {side} {limit:.3g}, where no normal picture did"
        else:
            block.in_a_row = 0
        block.begun_s, block.frames, block.below, block.above = now_s, 0, 0, 0
