"""Video files and streams through PyAV (FFmpeg's libraries), in the form in which their decoder gives them."""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from linewatch.edge import optional
from linewatch.edge.capture.av_decoder import Decode, open_decoder
from linewatch.edge.capture.colour import Colour
from linewatch.edge.capture.picture import Picture, Pixels, UInt8Array
from linewatch.edge.capture.pixel_form import PixelForm
from linewatch.edge.errors import CameraError, SourceError, UnreadablePictureError

_MOST_THREADS = 4
"""Each of those over frames holds one or more of them."""
_RTSP_OPTIONS = {"rtsp_transport": "tcp", "fflags": "nobuffer"}
_FORMS = {"yuv420p": PixelForm.I420, "yuvj420p": PixelForm.I420, "nv12": PixelForm.NV12}
_FULL = 2
"""FFmpeg's number of the range from 0 to 255."""
_MATRICES = {1: Colour.BT709_LIMITED, 9: Colour.BT2020_LIMITED}
"""By FFmpeg's numbers; a stream that says another one, or none, is taken for BT.601, as FFmpeg itself does."""


class AvVideo:
    """A video file or an RTSP/HTTP stream. Needs the extra `av`."""

    def __init__(self, place: str, *, live: bool, timeout_s: float = 10.0, decode: Decode = Decode.AUTO) -> None:
        """Open the file or stream `place`.

        Args:
            place: path or URL.
            live: a stream; each read then fails after `timeout_s` without data.
            timeout_s: seconds to wait for an answer or for data.
            decode: by what.

        Raises:
            WrongUse: PyAV is not installed.
            SourceError: `place` is a file that is no video, or there is no hardware to decode it that was asked for.
            CameraError: `place` is a stream that does not answer.
        """
        self._av = optional.load("av")
        kind = CameraError if live else SourceError
        shown = "the stream" if live else place
        more = {"options": _RTSP_OPTIONS if place.startswith("rtsp") else {}, "timeout": timeout_s} if live else {}
        try:
            decoder = open_decoder(lambda hardware: self._av.open(place, hwaccel=hardware, **more), decode)
        except (self._av.FFmpegError, OSError) as error:
            raise kind(f"cannot open {shown}: {error.strerror}") from error
        self._container: Any = decoder.container
        self.about = decoder.about
        if not self._container.streams.video:
            self.close()
            raise kind(f"{shown} holds no video")
        stream = self._container.streams.video[0]
        # Threads over slices add no delay; threads over frames hold back several, and are worth it where nobody waits.
        stream.thread_type = "SLICE" if live else "FRAME"
        stream.codec_context.thread_count = min(len(os.sched_getaffinity(0)) + 1, _MOST_THREADS)
        self.fps: float | None = float(stream.average_rate) if stream.average_rate else None
        self.frames: int | None = stream.frames or None
        self._packets: Iterator[Any] = self._container.demux(stream)
        self._frames: deque[Any] = deque()

    def read(self) -> Pixels | None:
        """The next frame; see `FrameSource.read`."""
        try:
            while not self._frames:
                packet = next(self._packets, None)
                if packet is None:
                    return None
                self._frames.extend(self._decoded(packet))
            return _pixels(self._frames.popleft())
        except (self._av.FFmpegError, OSError) as error:
            raise CameraError(f"the video broke off: {error.strerror}") from error

    def _decoded(self, packet: Any) -> Sequence[Any]:  # noqa: ANN401 - PyAV is optional
        """The frames that come out with a packet. A damaged one costs what it holds, and not the rest of the video."""
        try:
            return packet.decode()  # type: ignore[no-any-return]
        except self._av.error.InvalidDataError as error:
            raise UnreadablePictureError(f"a frame of the video is damaged: {error.strerror}") from error

    def close(self) -> None:
        """Give the file or stream back."""
        self._container.close()


def _pixels(frame: Any) -> Pixels:  # noqa: ANN401 - PyAV is optional
    form = _FORMS.get(frame.format.name)
    if form is None:
        return np.ascontiguousarray(frame.to_ndarray(format="rgb24"))
    full = frame.color_range == _FULL or frame.format.name == "yuvj420p"
    colour = Colour(_MATRICES.get(frame.colorspace, Colour.BT601_LIMITED) + full)
    shapes = form.planes(frame.height, frame.width)
    return Picture(form, tuple(map(_plane, frame.planes, shapes)), colour)


def _plane(plane: Any, shape: tuple[int, ...]) -> UInt8Array:  # noqa: ANN401 - PyAV is optional
    """A view of the decoder's own memory, in which rows are further apart than they are long."""
    steps = (plane.line_size, *shape[2:], 1)
    return np.ndarray(shape, np.uint8, plane, strides=steps)
