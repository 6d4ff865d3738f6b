"""Video files and streams through OpenCV, where PyAV is not installed."""

import cv2
import numpy as np

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.errors import CameraError, SourceError


class OpenCvVideo:
    """A video file or a stream. Frames are turned from BGR to RGB once."""

    def __init__(self, place: str, *, live: bool, timeout_s: float = 10.0) -> None:
        """Open `place`.

        Args:
            place: path or URL.
            live: a stream.
            timeout_s: seconds a stream may take to answer or to deliver.

        Raises:
            SourceError: `place` is a file that is no video.
            CameraError: `place` is a stream that does not answer.
        """
        # Its complaints would stand between the agent's own log lines, which say the same.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        self._live = live
        self._capture = _open(place, live, timeout_s)
        if not self._capture.isOpened():
            if live:
                raise CameraError("the camera does not answer; is it connected, and free of other programs?")
            raise SourceError(f"cannot open {place}: it is not a video that OpenCV can decode")
        self.fps: float | None = self._capture.get(cv2.CAP_PROP_FPS) or None
        count = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        self.frames: int | None = count if count > 0 and not live else None

    def read(self) -> UInt8Array | None:
        """The next frame; see `FrameSource.read`."""
        try:
            delivered, pixels = self._capture.read()
        except cv2.error as error:
            raise CameraError(f"the video broke off: {error.err}") from error
        if delivered:
            return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)
        if self._live:
            raise CameraError("the camera stopped delivering frames")
        return None

    def close(self) -> None:
        """Give the file or stream back."""
        self._capture.release()


def _open(place: str, live: bool, timeout_s: float) -> cv2.VideoCapture:
    if not live:
        return cv2.VideoCapture(place, cv2.CAP_FFMPEG)
    limit_ms = int(timeout_s * 1000)
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, limit_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, limit_ms]
    return cv2.VideoCapture(place, cv2.CAP_FFMPEG, limits)
