"""Video files and streams through PyAV (FFmpeg's libraries), decoded straight to RGB."""

from typing import Any

import numpy as np

from linewatch.edge import optional
from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.errors import CameraError, SourceError

_RTSP_OPTIONS = {"rtsp_transport": "tcp", "fflags": "nobuffer"}


class AvVideo:
    """A video file or an RTSP/HTTP stream. Needs the extra `av`."""

    def __init__(self, place: str, *, live: bool, timeout_s: float = 10.0) -> None:
        """Open the file or stream `place`.

        Args:
            place: path or URL.
            live: a stream; each read then fails after `timeout_s` without data.
            timeout_s: seconds to wait for an answer or for data.

        Raises:
            WrongUse: PyAV is not installed.
            SourceError: `place` is a file that is no video.
            CameraError: `place` is a stream that does not answer.
        """
        self._av = optional.load("av")
        kind = CameraError if live else SourceError
        shown = "the stream" if live else place
        try:
            if live:
                options = _RTSP_OPTIONS if place.startswith("rtsp") else {}
                self._container: Any = self._av.open(place, options=options, timeout=timeout_s)
            else:
                self._container = self._av.open(place)
        except (self._av.FFmpegError, OSError) as error:
            raise kind(f"cannot open {shown}: {error.strerror}") from error
        if not self._container.streams.video:
            self.close()
            raise kind(f"{shown} holds no video")
        stream = self._container.streams.video[0]
        # Threads over slices add no delay; threads over frames would hold back several.
        stream.thread_type = "SLICE"
        self.fps: float | None = float(stream.average_rate) if stream.average_rate else None
        self.frames: int | None = stream.frames or None
        self._frames: Any = self._container.decode(stream)

    def read(self) -> UInt8Array | None:
        """The next frame; see `FrameSource.read`."""
        try:
            frame = next(self._frames, None)
            return None if frame is None else np.ascontiguousarray(frame.to_ndarray(format="rgb24"))
        except (self._av.FFmpegError, OSError) as error:
            raise CameraError(f"the video broke off: {error.strerror}") from error

    def close(self) -> None:
        """Give the file or stream back."""
        self._container.close()
