"""Makes a clip that browsers play out of stills."""

import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from linewatch.edge import optional
from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.capture.pictures import decode_picture
from linewatch.edge.evidence.still import Still

_MP4_LADDER = ((1.0, 28), (1.0, 34), (1.0, 40), (0.6, 36), (0.6, 42), (0.35, 40), (0.35, 48))
"""Size and constant rate factor, each step worse and smaller than the one before."""
_WEBM_LADDER = ((1.0, 0), (0.6, 0), (0.35, 0), (0.2, 0))
_H264 = "libx264"
_CLOCK = Fraction(1, 1000)
"""Times of pictures are whole milliseconds."""


@dataclass(frozen=True, slots=True)
class Film:
    """A clip and its media type."""

    data: bytes
    media_type: str


def make_film(stills: Sequence[Still], most_bytes: int) -> Film | None:
    """A clip of at most `most_bytes`; None where there is nothing to show, or no way to make it so small.

    H.264 in MP4 where PyAV is installed with x264, and VP8 in WebM by OpenCV where it is not. Stills keep their times;
    those of another size than the first are fitted to it.
    """
    if len(stills) < 2:
        return None
    write, ladder = (_write_mp4, _MP4_LADDER) if _has_h264() else (_write_webm, _WEBM_LADDER)
    pictures = [decode_picture(still.jpeg, "a still") for still in stills]
    times_s = [still.clock_s - stills[0].clock_s for still in stills]
    height, width = pictures[0].shape[:2]
    for scale, quality in ladder:
        size = _even(width * scale), _even(height * scale)
        film = write([_fitted(picture, size) for picture in pictures], times_s, quality)
        if len(film.data) <= most_bytes:
            return film
    return None


def _has_h264() -> bool:
    return optional.is_installed("av") and _H264 in optional.load("av").codecs_available


def _even(side: float) -> int:
    """Codecs that halve the resolution of colours want even sides."""
    return max(2, int(side) // 2 * 2)


def _fitted(picture: UInt8Array, size: tuple[int, int]) -> UInt8Array:
    if picture.shape[1::-1] == size:
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _write_mp4(pictures: Sequence[UInt8Array], times_s: Sequence[float], quality: int) -> Film:
    av = optional.load("av")
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream(_H264, options={"crf": str(quality), "preset": "veryfast"})
        stream.width, stream.height = pictures[0].shape[1::-1]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = _CLOCK
        stream.codec_context.thread_count = 1
        for picture, time_s in zip(pictures, times_s, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = round(time_s / _CLOCK), _CLOCK
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return Film(file.getvalue(), "video/mp4")


def _write_webm(pictures: Sequence[UInt8Array], times_s: Sequence[float], _: int) -> Film:
    """OpenCV writes to files alone, in even steps of time, and in a quality of its own."""
    fps = (len(pictures) - 1) / max(times_s[-1], 1e-3)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.webm"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"VP80"), fps, pictures[0].shape[1::-1])
        for picture in pictures:
            writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        writer.release()
        return Film(path.read_bytes() if path.exists() else b"", "video/webm")
