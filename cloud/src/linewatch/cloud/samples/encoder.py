"""Writes frames as video twice: as a camera on a cable delivers them, and as H.264 for a network, to be weighed."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import av.error
from av.container import OutputContainer
from av.video.stream import VideoStream

from linewatch.cloud.errors import CloudError
from linewatch.compiler.teacher import UInt8Array

CAMERA, NETWORK = "ffvhuff", "libx264"
"""The camera's codec keeps what it is given, pixels with shared colour (4:2:0) as most cameras send them: usual
compression takes the grain of a surface away, and then nothing is normal."""

_OPTIONS: dict[str, dict[str, str]] = {CAMERA: {}, NETWORK: {"preset": "veryfast", "crf": "20"}}


@contextmanager
def twofold_video(path: Path, *, width: int, height: int, frames_per_second: int) -> Iterator["TwofoldVideo"]:
    """Write frames to `path`, and to `network_path(path)` as for a network; the end of the context finishes both.

    The suffix names the container: `.avi` or `.mkv`.

    Raises:
        CloudError: the folder is missing, the disk is full, or the container is not known.
    """
    try:
        with TwofoldVideo(path, width=width, height=height, frames_per_second=frames_per_second) as video:
            yield video
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise CloudError(
            f"the video {path} cannot be written ({error}): make room, or give a path ending in .avi"
        ) from error


class TwofoldVideo:
    """Both files; see `twofold_video`."""

    def __init__(self, path: Path, *, width: int, height: int, frames_per_second: int) -> None:
        self._outputs: list[Output] = []
        try:
            for target, codec in ((path, CAMERA), (network_path(path), NETWORK)):
                self._outputs.append(Output(target, codec, width, height, frames_per_second))
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for output in self._outputs:
            output.close()

    def write(self, picture: UInt8Array) -> None:
        """Append a frame, RGB uint8[H, W, 3]."""
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        for output in self._outputs:
            output.encode(frame)


def network_path(path: Path) -> Path:
    """Where the same video lies as H.264 for a network: `<name>-h264.mp4`."""
    return path.with_name(f"{path.stem}-h264.mp4")


class Output:
    """One file of one codec."""

    def __init__(self, path: Path, codec: str, width: int, height: int, frames_per_second: int) -> None:
        self._container: OutputContainer = av.open(str(path), "w")
        stream = self._container.add_stream(codec, rate=frames_per_second, options=_OPTIONS[codec])
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, frames_per_second)
        stream.thread_count = 1
        self._stream = stream

    def write(self, picture: UInt8Array) -> None:
        """Append a frame, RGB uint8[H, W, 3]."""
        self.encode(av.VideoFrame.from_ndarray(picture, format="rgb24"))

    def encode(self, frame: av.VideoFrame) -> None:
        """Append a frame."""
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Finish the file."""
        self._container.mux(self._stream.encode())
        self._container.close()
