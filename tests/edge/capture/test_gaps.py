import threading

import numpy as np
import pytest
from structlog.typing import FilteringBoundLogger

from linewatch.edge.capture.attention import Attention
from linewatch.edge.capture.backoff import Backoff
from linewatch.edge.capture.camera import Camera
from linewatch.edge.capture.camera_thread import CameraThread
from linewatch.edge.capture.frame import Frame
from linewatch.edge.capture.history import History
from linewatch.edge.capture.parts import EachFrame
from linewatch.edge.capture.picture import as_picture
from linewatch.edge.capture.stream import Shot
from linewatch.edge.decide.health import CameraHealth
from linewatch.edge.errors import UnreadablePictureError
from linewatch.edge.ring.lost import Lost
from linewatch.edge.ring.ring import Ring
from linewatch.edge.ring.settings import RingSettings


class Lossy:
    """Delivers five frames; before the third, frames were lost."""

    fps = None

    def __init__(self, loss: str) -> None:
        self.skipped = 0
        self._loss = loss
        self._delivered = 0

    def read(self) -> Shot | None:
        if self._delivered == 2 and self._loss == "unreadable":
            self._loss = ""
            raise UnreadablePictureError("torn")
        if self._delivered == 2 and self._loss == "skipped":
            self.skipped = 1
        if self._delivered == 5:
            return None
        self._delivered += 1
        return Shot(as_picture(np.zeros((1, 1, 3), np.uint8)), 0, float(self._delivered))

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(
    ("loss", "lengths"),
    [("", [0, 1, 2, 2, 2]), ("skipped", [0, 1, 0, 1, 2]), ("unreadable", [0, 1, 0, 1, 2])],
)
def test_no_frame_is_shown_with_those_from_before_a_gap(
    loss: str, lengths: list[int], log: FilteringBoundLogger
) -> None:
    ring = Ring(RingSettings(frames=8))
    ring.add_camera("c", live=False)
    camera = Camera(name="c", open=lambda _: Lossy(loss))
    health = CameraHealth("c", lambda _: None)
    thread = CameraThread(camera, ring, threading.Event(), log, Backoff(), History(lambda: 2), lambda: 1, health)
    thread.start()
    assert thread.join(10)
    ring.close()
    seen = []
    while taken := ring.take(lambda: None):
        seen += [len(one.item.before) for one in taken if isinstance(one.item, Frame)]
    assert seen == lengths


@pytest.mark.parametrize(
    ("loss", "expected"),
    [("", [1, 2, 3, 4, 5]), ("skipped", [1, 2, [3], 4, 5, 6]), ("unreadable", [1, 2, [3], 4, 5, 6])],
)
def test_a_frame_that_a_triggered_camera_lost_leaves_its_part(
    loss: str, expected: list[int | list[int]], log: FilteringBoundLogger
) -> None:
    ring = Ring(RingSettings(frames=8))
    ring.add_camera("c", live=False)
    camera = Camera(name="c", open=lambda _: Lossy(loss), attention=lambda: Attention(parts=EachFrame()))
    health = CameraHealth("c", lambda _: None)
    thread = CameraThread(camera, ring, threading.Event(), log, Backoff(), History(lambda: 0), lambda: 1, health)
    thread.start()
    assert thread.join(10)
    ring.close()
    seen: list[int | list[int]] = []
    while taken := ring.take(lambda: None):
        seen += [one.item.part for one in taken if isinstance(one.item, Frame)]
        seen += [[part.number for part in one.item.parts] for one in taken if isinstance(one.item, Lost)]
    assert seen == expected
