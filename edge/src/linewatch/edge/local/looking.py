"""Takes in normal frames: files, or a camera for a while."""

import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from linewatch.edge.capture.camera import Opening, plan_camera
from linewatch.edge.capture.history import History
from linewatch.edge.capture.picture import Picture, as_picture
from linewatch.edge.capture.settings import CameraSettings
from linewatch.edge.errors import CameraError, InferenceError, UnreadablePictureError, UpdateInterrupted
from linewatch.edge.infer.verdict import Verdict
from linewatch.edge.inspect.items import Items
from linewatch.edge.local.scores import Scores
from linewatch.edge.local.teacher import LocalTeacher
from linewatch.edge.update.control import ask_plainly

_HELD = 4
"""Frames that are on their way."""
_ASK_S = 1.0


def look_at_items(teacher: LocalTeacher, items: Items, advance: Callable[[], None] = lambda: None) -> Scores:
    """Scores of pictures or of a video; those that cannot be judged are passed over. `advance` is called after each."""
    scores, history = Scores(moving=items.moving), History(lambda: teacher.reach)
    for item in items.each:
        if item.pixels is not None:
            picture = as_picture(item.pixels)
            before = history.before(picture)
            if len(before) >= teacher.reach:
                with suppress(InferenceError):
                    _add(scores, picture, teacher.judge(picture, before))
        advance()
    return scores


def ask_for_scores(
    state: Path, teacher: LocalTeacher, camera: str, seconds: float, advance: Callable[[], None] = lambda: None
) -> Scores | None:
    """Scores that an agent which runs gives what a camera shows in so many seconds; None where none runs.

    Frames with equal scores count once, as equal ones do. `advance` is called after each.

    Raises:
        WrongUse, ConfigurationError: the agent has another camera, or another bundle.
        UpdateInterrupted: it ended meanwhile.
    """
    bundle, target = teacher.judge_name
    words = {"do": "scores", "camera": camera, "bundle": bundle, "target": target}
    scores, since, until_s = Scores(moving=True, cameras=(camera,)), time.time_ns(), time.monotonic() + seconds
    while True:
        answer: dict[str, Any] | None = ask_plainly(state, {**words, "since_unix_ns": str(since)})
        if answer is None:
            if scores.values:
                raise UpdateInterrupted("the agent ended while it was asked; start again")
            return None
        since = int(answer["until_unix_ns"])
        for score in answer["scores"]:
            scores.take(struct.pack("<d", score), score)
            advance()
        if time.monotonic() >= until_s:
            return scores
        time.sleep(min(_ASK_S, max(0.0, until_s - time.monotonic())))


def look_at_camera(
    teacher: LocalTeacher, camera: CameraSettings, seconds: float, advance: Callable[[], None] = lambda: None
) -> Scores:
    """Scores of what a camera shows in so many seconds; `advance` is called after each frame.

    Raises:
        CameraError: it does not deliver; an agent that runs may have it.
        SourceError, ConfigurationError: as `plan_camera`.
    """
    stop = threading.Event()
    timer = threading.Timer(seconds, stop.set)
    scores, history = Scores(moving=True, cameras=(camera.name,)), History(lambda: teacher.reach)
    plan = plan_camera(camera, once=True)
    try:
        stream = plan.open(Opening(stop=stop, holds=lambda: _HELD + teacher.reach))
    except CameraError as error:
        raise CameraError(f"{error}; if the agent has camera {camera.name} now, stop it first") from error
    timer.daemon = True
    timer.start()
    until_s = time.monotonic() + seconds
    try:
        while time.monotonic() < until_s:
            try:
                shot = stream.read()
            except UnreadablePictureError:
                continue
            if shot is None:
                break
            before = history.before(shot.picture)
            if len(before) >= teacher.reach:
                _add(scores, shot.picture, teacher.judge(shot.picture, before, plan.mask))
            advance()
    finally:
        timer.cancel()
        stream.close()
    return scores


def _add(scores: Scores, picture: Picture, verdict: Verdict) -> None:
    """What was taught to be good alarms nobody, whatever it scores: it must not raise the threshold."""
    if not verdict.taught_good:
        scores.add(picture, verdict.score)
