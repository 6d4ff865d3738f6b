"""Whether each camera delivers, what, and whether all of it can be judged."""

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from linewatch.edge.capture.camera import Opening, plan_camera
from linewatch.edge.capture.pixel_form import PixelForm
from linewatch.edge.capture.stream import Shot
from linewatch.edge.config import CameraTable, EdgeSettings
from linewatch.edge.doctor.finding import Finding, doubt, fault, well
from linewatch.edge.doctor.judging import Judging
from linewatch.edge.errors import EdgeError, UnreadablePictureError

_LOOK_S = 2.0
_HELD = 4
_SAME_SHAPE = 1.02


def look_at_cameras(settings: EdgeSettings, judging: Sequence[Judging]) -> Iterator[Finding]:
    """Findings about each camera, one after the other, and about all of them together."""
    wanted = 0.0
    for camera in settings.cameras:
        what = f"camera {camera.name}"
        try:
            shots, seconds, live = _watch(camera)
        except EdgeError as error:
            yield fault(what, str(error), f"look at {camera.address}, its cable, its address and its password")
            continue
        if not shots:
            yield fault(what, f"shows nothing within {_LOOK_S:g} s", "look whether it is triggered, or switched on")
            continue
        rate = len(shots) / seconds
        height, width = shots[-1].picture.height, shots[-1].picture.width
        pace = f"{rate:.1f} frames a second" if live else "as fast as it is judged"
        yield well(what, f"shows {width} x {height} pixels, {pace}")
        yield from _fits(what, width, height, judging)
        wanted += rate if live else 0.0
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
            shots, _, _ = _watch(camera)
            views.update((shot.picture.form, shot.picture.height, shot.picture.width) for shot in shots[-1:])
    return sorted(views)


def _watch(camera: CameraTable) -> tuple[list[Shot], float, bool]:
    """What a camera shows in a short while, over how many seconds, and whether it keeps its own pace."""
    stop = threading.Event()
    plan = plan_camera(camera)
    stream = plan.open(Opening(stop=stop, holds=lambda: _HELD))
    timer = threading.Timer(_LOOK_S, stop.set)
    timer.start()
    shots: list[Shot] = []
    begun = time.monotonic()
    try:
        while not stop.is_set():
            try:
                shot = stream.read()
            except UnreadablePictureError:
                continue
            if shot is None:
                break
            shots = [*shots[-1:], shot] if not plan.live else [*shots, _small(shot)]
    finally:
        timer.cancel()
        stream.close()
    return shots, max(time.monotonic() - begun, 1e-3), plan.live


def _small(shot: Shot) -> Shot:
    """Without its slot, of which there are few."""
    return replace(shot, picture=shot.picture.kept())


def _fits(what: str, width: int, height: int, judging: Sequence[Judging]) -> Iterator[Finding]:
    for one in judging:
        manifest = one.model.bundle.manifest
        ratio = (width / height) / (manifest.frame_width / manifest.frame_height)
        if max(ratio, 1 / ratio) > _SAME_SHAPE:
            made = f"the bundle was made for {manifest.frame_width} x {manifest.frame_height}"
            yield doubt(what, f"shows another shape of picture: {made}", "teach it with pictures of this camera")
