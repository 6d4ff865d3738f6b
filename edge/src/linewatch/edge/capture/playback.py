"""How a source is played: plain values, so that a process of its own can be told."""

import json
import threading
from dataclasses import asdict, dataclass
from functools import partial
from typing import Self

from linewatch.edge.capture.address import LIVE_KINDS, Address, SourceKind
from linewatch.edge.capture.av_decoder import Decode
from linewatch.edge.capture.cut import CutSource, FrameRegion, Numbers
from linewatch.edge.capture.looped import Looped
from linewatch.edge.capture.open import open_address
from linewatch.edge.capture.paced import Paced
from linewatch.edge.capture.source import FrameSource

_DEFAULT_FPS = 25.0
"""Pace of a recorded source that is played live and does not know its own."""


@dataclass(frozen=True, kw_only=True)
class Playback:
    """A source and how it is played.

    Attributes:
        kind, place: the source's `Address`.
        live: the newest frame wins when frames come faster than they are judged; else every frame is judged.
        loop: a recorded source begins again at its end.
        fps: pace of a recorded source that is played live, None for its own; else the most, None for none.
        bits: significant bits of pictures with 16 a channel; None where nobody said.
        region: what is cut out of each frame, as `FrameRegion.of` takes it; None for nothing.
        decode: what decodes a video.
    """

    kind: SourceKind
    place: str
    live: bool = False
    loop: bool = False
    fps: float | None = None
    bits: int | None = None
    region: Numbers | None = None
    decode: Decode = Decode.AUTO

    def open(self, stop: threading.Event) -> FrameSource:
        """Open it; `stop` ends its waits early.

        Raises:
            SourceError: the file or folder is not what it should be.
            CameraError: the device or stream does not answer.
        """
        source = self._open_whole(stop)
        return source if self.region is None else CutSource(source, FrameRegion.of(self.region))

    def _open_whole(self, stop: threading.Event) -> FrameSource:
        address = Address(self.kind, self.place)
        opened = partial(open_address, address, self.bits, self.decode)
        if self.kind in LIVE_KINDS:
            return opened()
        recorded = Looped(opened) if self.loop else opened()
        if self.live:
            return Paced(recorded, self.fps or recorded.fps or _DEFAULT_FPS, stop)
        return Paced(recorded, self.fps, stop) if self.fps else recorded

    def to_json(self) -> str:
        """As text for another process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `to_json` gave."""
        values = json.loads(text)
        region = None if values["region"] is None else tuple(values["region"])
        plain = {"kind": SourceKind(values["kind"]), "region": region, "decode": Decode(values["decode"])}
        return cls(**{**values, **plain})
