"""A camera as the agent sees it, and the one that a device's settings ask for."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from linewatch.edge.capture.address import LIVE_KINDS, Address, SourceKind
from linewatch.edge.capture.attention import Attention
from linewatch.edge.capture.cut import CutStream, FrameRegion
from linewatch.edge.capture.isolation.camera_process import CameraProcess
from linewatch.edge.capture.isolation.driver_port import await_driver
from linewatch.edge.capture.mask import Mask
from linewatch.edge.capture.mask_settings import load_mask
from linewatch.edge.capture.open import check_options
from linewatch.edge.capture.parts import AsTold, ByTrigger, EachFrame, Parts
from linewatch.edge.capture.playback import Playback
from linewatch.edge.capture.schedule import Schedule
from linewatch.edge.capture.settings import CameraSettings
from linewatch.edge.capture.stream import FrameStream
from linewatch.edge.errors import CameraError, ConfigurationError

_STALL_S = 5.0
_STALL_OF_FILES_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What a camera is opened with.

    Attributes:
        stop: set when the agent stops; ends every wait early.
        holds: most frames of the camera that the agent holds at a time; a new bundle may want more.
        idle: called again and again while no frame comes, on the thread that reads.
        slow: told once, in words, when it takes long to open, on the thread that opens.
    """

    stop: threading.Event
    holds: Callable[[], int]
    idle: Callable[[], None] = lambda: None
    slow: Callable[[str], None] = lambda _: None


Opener: TypeAlias = Callable[[Opening], FrameStream]
"""Opens a camera. Raises SourceError or CameraError."""


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A camera as the agent sees it.

    Attributes:
        open: opens it, again after each failure.
        live: the newest frame wins when frames come faster than they are judged; else every frame is judged.
        restarts: it has no end: when it stops it is opened again.
        attention: makes what decides which of its frames are judged.
        mask: what is not looked at in them; None for nothing.
    """

    name: str
    open: Opener
    live: bool = False
    restarts: bool = False
    attention: Callable[[], Attention] = Attention
    mask: Mask | None = None


def plan_camera(settings: CameraSettings, *, once: bool = False) -> Camera:
    """What `settings` ask for, in a process of its own or of its driver; with `once`, nothing loops or is opened again.

    Raises:
        SourceError: the file or folder is not there.
        ConfigurationError: the source has wrong options, its password cannot be read, or the mask is no picture.
    """
    address = settings.address
    address.check_exists()
    check_options(address)
    playback = Playback(
        kind=address.kind,
        place=settings.place(),
        live=_is_live(settings, address),
        loop=settings.loop and not once,
        fps=settings.fps,
        bits=settings.bits,
        region=settings.region,
        decode=settings.decode,
    )
    return Camera(
        name=settings.name,
        open=_opener(settings, address, playback),
        live=playback.live,
        restarts=not once and _is_endless(settings, address),
        attention=lambda: _attention(settings, address),
        mask=None if settings.mask is None else load_mask(settings.mask),
    )


def _opener(settings: CameraSettings, address: Address, playback: Playback) -> Opener:
    stall_s = _stall_s(settings, address)

    def from_driver(opening: Opening) -> FrameStream:
        stop, holds, idle, slow = opening.stop, opening.holds, opening.idle, opening.slow
        place = Path(address.place)
        stream = await_driver(place, stop=stop, holds=holds, stall_s=stall_s, idle=idle, slow=slow)
        return stream if settings.region is None else CutStream(stream, FrameRegion.of(settings.region))

    def from_process(opening: Opening) -> FrameStream:
        stop, holds, idle, slow = opening.stop, opening.holds, opening.idle, opening.slow
        try:
            played = replace(playback, place=settings.place())
        except ConfigurationError as error:  # it could be read when the agent started
            raise CameraError(str(error)) from error
        return CameraProcess(settings.name, played, stop=stop, holds=holds, stall_s=stall_s, idle=idle, slow=slow)

    return from_driver if address.kind is SourceKind.DRIVER else from_process


def _attention(settings: CameraSettings, address: Address) -> Attention:
    schedule = None if settings.schedule is None else Schedule(settings.schedule)
    return Attention(schedule, _parts(settings, address))


def _parts(settings: CameraSettings, address: Address) -> Parts:
    if settings.trigger is not None:
        delay_s = settings.trigger_delay_ms / 1000
        return ByTrigger(settings.trigger, frames=settings.trigger_frames, delay_s=delay_s)
    if address.kind is SourceKind.GIGE:
        from linewatch.edge.capture.gige.options import parse_gige

        return EachFrame() if parse_gige(address.place).trigger else AsTold()
    return AsTold()


def _stall_s(settings: CameraSettings, address: Address) -> float:
    if settings.stall_seconds is not None:
        return settings.stall_seconds
    if address.kind is SourceKind.GIGE:
        from linewatch.edge.capture.gige.options import parse_gige

        # It is noticed when a camera is gone that waits for the line: it is asked all the time.
        return 0.0 if parse_gige(address.place).waits_for_the_line else _STALL_S
    return _STALL_OF_FILES_S if address.kind in (SourceKind.VIDEO, SourceKind.PICTURES) else _STALL_S


def _is_live(settings: CameraSettings, address: Address) -> bool:
    if settings.mode != "auto":
        return settings.mode == "live"
    if address.kind is SourceKind.SIMULATED:
        from linewatch.edge.capture.simulated import parse_simulation

        return parse_simulation(address.place).fps > 0
    return address.kind in LIVE_KINDS


def _is_endless(settings: CameraSettings, address: Address) -> bool:
    if address.kind is SourceKind.SIMULATED:
        from linewatch.edge.capture.simulated import parse_simulation

        return parse_simulation(address.place).frames == 0
    return address.kind in LIVE_KINDS or settings.loop
