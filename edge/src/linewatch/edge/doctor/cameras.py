"""Whether each camera delivers, what, and whether all of it can be judged."""

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from linewatch.edge.capture.camera import Opening, plan_camera
from linewatch.edge.capture.pixel_form import PixelForm
from linewatch.edge.config import CameraTable, EdgeSettings
from linewatch.edge.doctor.finding import Finding, doubt, fault, well
from linewatch.edge.doctor.judging import Judging
from linewatch.edge.errors import EdgeError, UnreadablePictureError

_LOOK_S = 2.0
_HELD = 4
_SAME_SHAPE = 1.02


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    """What a camera showed: `frames` within `seconds`, the last one in this form, of so many pixels.

    `live` says that the camera keeps its own pace.
    """

    frames: int
    seconds: float
    live: bool
    form: PixelForm
    height: int
    width: int


def look_at_cameras(settings: EdgeSettings, judging: Sequence[Judging]) -> Iterator[Finding]:
    """Findings about each camera, one after the other, and about all of them together."""
    wanted = 0.0
    for camera in settings.cameras:
        what = f"camera {camera.name}"
        try:
            seen = _watch(camera)
        except EdgeError as error:
            yield fault(what, str(error), f"look at {camera.address}, its cable, its address and its password")
            continue
        if seen is None:
            yield fault(what, f"shows nothing within {_LOOK_S:g} s", "look whether it is triggered, or switched on")
            continue
        rate = seen.frames / seen.seconds
        pace = f"{rate:.1f} frames a second" if seen.live else "as fast as it is judged"
        yield well(what, f"shows {seen.width} x {seen.height} pixels, {pace}")
        yield from _fits(what, seen.width, seen.height, judging)
        wanted += rate if seen.live else 0.0
    for one in judging:
        if wanted > one.frames_per_second:
            advice = "compile a faster student (--fps), let cameras show fewer frames, or use more cores"
            told = f"{wanted:.0f} frames a second come, and {one.frames_per_second:.0f} can be judged"
            yield doubt("all cameras", f"{told}; the newest win", advice)


def views_shown(settings: EdgeSettings) -> list[tuple[PixelForm, int, int]]:
    """Form, height and width in pixels of what the cameras show, each once; those that show nothing are passed over."""
    views: set[tuple[PixelForm, int, int]] = set()
    for camera in settings.cameras:
        with contextlib.suppress(EdgeError):
            seen = _watch(camera)
            if seen is not None:
                views.add((seen.form, seen.height, seen.width))
    return sorted(views)


def _watch(camera: CameraTable) -> _Seen | None:
    """What a camera shows in a short while; None where that is nothing. No frame is kept: each gives its slot back."""
    stop = threading.Event()
    plan = plan_camera(camera)
    stream = plan.open(Opening(stop=stop, holds=lambda: _HELD))
    timer = threading.Timer(_LOOK_S, stop.set)
    timer.start()
    frames, last = 0, None
    begun = time.monotonic()
    try:
        while not stop.is_set():
            try:
                shot = stream.read()
            except UnreadablePictureError:
                continue
            if shot is None:
                break
            frames, last = frames + 1, (shot.picture.form, shot.picture.height, shot.picture.width)
            del shot
    finally:
        timer.cancel()
        stream.close()
    if last is None:
        return None
    form, height, width = last
    seconds = max(time.monotonic() - begun, 1e-3)
    return _Seen(frames=frames, seconds=seconds, live=plan.live, form=form, height=height, width=width)


def _fits(what: str, width: int, height: int, judging: Sequence[Judging]) -> Iterator[Finding]:
    for one in judging:
        manifest = one.model.bundle.manifest
        ratio = (width / height) / (manifest.frame_width / manifest.frame_height)
        if max(ratio, 1 / ratio) > _SAME_SHAPE:
            made = f"the bundle was made for {manifest.frame_width} x {manifest.frame_height}"
            yield doubt(what, f"shows another shape of picture: {made}", "teach it with pictures of this camera")
