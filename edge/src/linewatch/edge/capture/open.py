"""From a camera's settings to a source that delivers."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from linewatch.edge import optional
from linewatch.edge.capture.address import LIVE_KINDS, Address, SourceKind
from linewatch.edge.capture.looped import Looped
from linewatch.edge.capture.paced import Paced
from linewatch.edge.capture.settings import CameraSettings
from linewatch.edge.capture.source import FrameSource

_DEFAULT_FPS = 25.0
"""Pace of a recorded source that is played live and does not know its own."""

Opener: TypeAlias = Callable[[threading.Event], FrameSource]
"""Opens a source; the event ends its waits early. Raises SourceError or CameraError."""


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A camera as the agent sees it.

    Attributes:
        open: opens it, again after each failure.
        live: the newest frame wins when frames come faster than they are judged; else every frame is judged.
        restarts: it has no end: when it stops it is opened again.
    """

    name: str
    open: Opener
    live: bool = False
    restarts: bool = False


def plan_camera(settings: CameraSettings, *, once: bool = False) -> Camera:
    """What `settings` ask for; with `once`, nothing is looped or opened again.

    Raises:
        SourceError: the file or folder is not there.
        ConfigurationError: a simulation with wrong options.
    """
    address = settings.address
    address.check_exists()
    live = _is_live(settings, address)

    def open_source(stop: threading.Event) -> FrameSource:
        if address.kind in LIVE_KINDS:
            return open_address(address)
        loops = settings.loop and not once
        recorded = Looped(lambda: open_address(address)) if loops else open_address(address)
        return Paced(recorded, settings.fps or recorded.fps or _DEFAULT_FPS, stop) if live else recorded

    restarts = address.kind in LIVE_KINDS and not once
    return Camera(name=settings.name, open=open_source, live=live, restarts=restarts)


def open_address(address: Address) -> FrameSource:
    """Open `address` as it is, without pace or loop. Adapters are imported when they are needed.

    Raises:
        SourceError: the file or folder is not what it should be.
        CameraError: the device or stream does not answer.
    """
    if address.kind is SourceKind.PICTURES:
        from linewatch.edge.capture.pictures import PictureFolder

        return PictureFolder(Path(address.place))
    if address.kind is SourceKind.SIMULATED:
        from linewatch.edge.capture.simulated import SimulatedCamera, parse_simulation

        return SimulatedCamera(parse_simulation(address.place))
    return _open_video(address)


def _is_live(settings: CameraSettings, address: Address) -> bool:
    if settings.mode != "auto":
        return settings.mode == "live"
    if address.kind is SourceKind.SIMULATED:
        from linewatch.edge.capture.simulated import parse_simulation

        return parse_simulation(address.place).fps > 0
    return address.kind in LIVE_KINDS


def _open_video(address: Address) -> FrameSource:
    live = address.kind in LIVE_KINDS
    if address.kind is not SourceKind.USB and optional.is_installed("av"):
        from linewatch.edge.capture.av_video import AvVideo

        return AvVideo(address.place, live=live)
    from linewatch.edge.capture.opencv_video import OpenCvVideo

    return OpenCvVideo(int(address.place) if address.kind is SourceKind.USB else address.place, live=live)
